import { useTranslations } from "next-intl";
import { useId } from "react";
import { cn } from "./class-names";

/** Every state that a thing can be in on the screen. */
export const MARK_STATES = [
  "good",
  "warning",
  "critical",
  "unknown",
  "offline",
  "maintenance",
  "simulated",
  "waiting",
] as const;
export type MarkState = (typeof MARK_STATES)[number];

const COLOURS: Record<MarkState, string> = {
  good: "text-good",
  warning: "text-warning",
  critical: "text-critical",
  unknown: "text-unknown",
  offline: "text-offline",
  maintenance: "text-maintenance",
  simulated: "text-simulated",
  waiting: "text-accent-text",
};

function Shape({ state, patternId }: { state: MarkState; patternId: string }) {
  switch (state) {
    case "good":
      return <circle cx="6" cy="6" r="4" fill="currentColor" />;
    case "warning":
      return <path d="M6 1.2 11.4 10.8H.6Z" fill="currentColor" />;
    case "critical":
      return <path d="M6 .4 11.6 6 6 11.6.4 6Z" fill="currentColor" />;
    case "unknown":
      return (
        <>
          <pattern id={patternId} width="2.4" height="2.4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <path d="M0 0v2.4" stroke="currentColor" strokeWidth="1.5" />
          </pattern>
          <circle cx="6" cy="6" r="4.4" fill={`url(#${patternId})`} />
          <circle cx="6" cy="6" r="4.6" fill="none" stroke="currentColor" strokeWidth="1.3" strokeDasharray="1.9 1.7" />
        </>
      );
    case "offline":
      return (
        <g fill="none" stroke="currentColor" strokeWidth="1.6">
          <circle cx="6" cy="6" r="4.4" />
          <path d="M2.9 9.1 9.1 2.9" />
        </g>
      );
    case "maintenance":
      return (
        <>
          <rect x="1.8" y="1.8" width="8.4" height="8.4" rx="1" fill="none" stroke="currentColor" strokeWidth="1.4" />
          <path d="M2 2h4v8H2Z" fill="currentColor" />
        </>
      );
    case "simulated":
      return <path d="M6 .9 10.5 3.45v5.1L6 11.1 1.5 8.55v-5.1Z" fill="none" stroke="currentColor" strokeWidth="1.5" />;
    case "waiting":
      return (
        <g fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round">
          <circle cx="6" cy="6" r="4.6" />
          <path d="M6 3.4V6l1.8 1.2" />
        </g>
      );
  }
}

export type StateMarkProps = {
  state: MarkState;
  /** Another word than the state's own, for example "3 critical". */
  word?: string;
  /** The word is read aloud only. */
  isWordHidden?: boolean;
  className?: string;
};

/** A state by colour and shape and word, so that none of the three is needed alone. */
export function StateMark({ state, word, isWordHidden = false, className }: StateMarkProps) {
  const t = useTranslations("ui.state");
  const patternId = useId();
  const text = word ?? t(state);
  return (
    <span className={cn("inline-flex max-w-full items-center gap-1.5 whitespace-nowrap", className)}>
      <svg viewBox="0 0 12 12" aria-hidden="true" className={cn("size-3 shrink-0", COLOURS[state])} data-shape={state}>
        <Shape state={state} patternId={patternId} />
      </svg>
      {/* Good stays in plain ink: colour is kept for what needs a person. */}
      <span
        className={
          isWordHidden
            ? "sr-only"
            : cn("min-w-0 overflow-hidden text-ellipsis", state === "good" ? "text-ink-muted" : COLOURS[state])
        }
      >
        {text}
      </span>
    </span>
  );
}
