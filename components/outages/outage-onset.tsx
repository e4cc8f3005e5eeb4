"use client";

import { useTranslations } from "next-intl";
import { useMomentText } from "@/components/shell/moment-text";
import type { OutageDetail } from "./use-outage-text";

/** How many fell silent when: bars in order of time, and the same in words. */
export function OutageOnset({ onset }: { onset: OutageDetail["onset"] }) {
  const t = useTranslations("outages");
  const moment = useMomentText();
  const most = Math.max(1, ...onset.map(({ members }) => members));
  const first = onset[0];
  const last = onset.at(-1);
  if (!first || !last) return null;
  const spanOf = ({ from, to, members }: (typeof onset)[number]) =>
    t("onsetSpan", { members, from: moment.exact(from), to: moment.exact(to) });
  return (
    <figure className="m-0">
      <ol className="flex h-24 items-end gap-px border-line-strong border-b">
        {onset.map((span) => (
          <li key={span.from.getTime()} className="flex h-full min-w-1 max-w-10 flex-1 items-end" title={spanOf(span)}>
            <span className="sr-only">{spanOf(span)}</span>
            <span
              aria-hidden
              className="w-full rounded-t-sm bg-critical"
              // So few that they would vanish are drawn two pixels high.
              style={{ height: span.members === 0 ? 0 : `max(2px, ${(100 * span.members) / most}%)` }}
            />
          </li>
        ))}
      </ol>
      <figcaption className="mt-1 flex justify-between gap-3 text-caption text-ink-faint tabular-nums">
        <time dateTime={first.from.toISOString()}>{moment.exact(first.from)}</time>
        {onset.length > 1 ? <time dateTime={last.to.toISOString()}>{moment.exact(last.to)}</time> : null}
      </figcaption>
    </figure>
  );
}
