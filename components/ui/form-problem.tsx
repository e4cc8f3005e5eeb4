import { StateMark } from "./state-mark";

/** Why a form could not do what its button says; spoken at once, and not there while all is well. */
export function FormProblem({ text }: { text: string | null }) {
  return (
    <div role="alert" className="text-table empty:hidden">
      {text === null ? null : (
        <span className="flex items-baseline gap-2">
          <StateMark state="critical" isWordHidden />
          {text}
        </span>
      )}
    </div>
  );
}
