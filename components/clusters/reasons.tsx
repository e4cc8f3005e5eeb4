"use client";

import { useTranslations } from "next-intl";
import { Hint } from "@/components/shell/hint";
import type { Reason } from "@/contract/cluster/health";
import { REASON_CODES } from "@/contract/cluster/reasons";

/** A reason in words; a code that this console does not know yet stands as it is. */
export function useReasonText(): (reason: Reason) => string {
  const t = useTranslations("clusters.reasons");
  return ({ code }) => {
    const known = REASON_CODES.find((candidate) => candidate === code);
    return known ? t(known) : code;
  };
}

/** Why something is not well, all of it: in words, and below what the system itself says. */
export function ReasonList({ reasons }: { reasons: readonly Reason[] }) {
  const textOf = useReasonText();
  return (
    <ul className="flex flex-col gap-1.5">
      {reasons.map((reason) => (
        <li key={`${reason.code} ${reason.detail ?? ""}`}>
          <p>{textOf(reason)}</p>
          {reason.detail ? <p className="break-words font-mono text-caption text-ink-muted">{reason.detail}</p> : null}
        </li>
      ))}
    </ul>
  );
}

/** In a cell: the worst reason, the others in the hint. */
export function ReasonLine({ reasons }: { reasons: readonly Reason[] }) {
  const textOf = useReasonText();
  const [worst, ...others] = reasons;
  if (!worst) return null;
  return (
    <Hint content={<ReasonList reasons={reasons} />} className="block max-w-full">
      <span className="block truncate text-ink-muted">
        {textOf(worst)}
        {worst.detail ? <span className="ml-1.5 font-mono text-caption text-ink-faint">{worst.detail}</span> : null}
        {others.length > 0 ? <span className="ml-1.5 text-caption text-ink-faint">+{others.length}</span> : null}
      </span>
    </Hint>
  );
}
