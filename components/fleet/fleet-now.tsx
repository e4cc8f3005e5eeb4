"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { FreshnessMark } from "@/components/shell/freshness-mark";
import { Quantity } from "@/components/shell/quantity";
import { SimulatedCount } from "@/components/ui/simulated-mark";
import { type MarkState, StateMark } from "@/components/ui/state-mark";
import { CONNECTIVITIES, type Connectivity, MISSED_INTERVALS_MAX } from "@/server/fleet/model";
import type { Outputs } from "@/server/root";

type Overview = Outputs["fleet"]["overview"];

const MARKS: Record<Connectivity, MarkState> = {
  online: "good",
  offline: "offline",
  never: "waiting",
  revoked: "offline",
};
const FILLS: Record<Connectivity, string> = {
  online: "bg-good",
  offline: "bg-offline",
  never: "bg-accent",
  revoked: "bg-line-strong",
};

/** How many machines there are and how many of them are reached, as a bar and as words that lead to their list. */
export function FleetNow({ overview }: { overview: Overview }) {
  const t = useTranslations("fleet");
  const { machines } = overview;
  return (
    <div>
      <div className="flex items-baseline justify-between gap-3">
        <p className="font-semibold text-figure tabular-nums tracking-[-0.015em]">
          <Quantity kind="count" value={machines.total} />{" "}
          <span className="font-normal text-body text-ink-muted tracking-normal">
            {t("overview.machines", { count: machines.total })} {t("overview.sites", { count: overview.sites })}{" "}
            <SimulatedCount count={machines.simulated} />
          </span>
        </p>
        <FreshnessMark
          observedAt={overview.newestReceivedAt}
          staleAfterSeconds={MISSED_INTERVALS_MAX * (overview.intervalSecondsMax ?? 60)}
          provenance={{ origin: "measured", reported: { known: machines.online, total: machines.total } }}
          isShort
        />
      </div>
      <div aria-hidden className="mt-3 flex h-2 gap-px overflow-hidden rounded-full bg-pressed">
        {CONNECTIVITIES.map((state) =>
          machines[state] > 0 ? (
            <span key={state} className={FILLS[state]} style={{ flexGrow: machines[state] }} />
          ) : null,
        )}
      </div>
      <ul className="mt-3 flex flex-wrap gap-x-5 gap-y-1 text-table">
        {CONNECTIVITIES.filter((state) => state === "online" || machines[state] > 0).map((state) => (
          <li key={state}>
            <Link
              href={{ pathname: "/fleet/machines", query: { state } }}
              className="inline-flex items-baseline gap-2 hover:underline"
            >
              <StateMark state={MARKS[state]} word={t(`connectivity.${state}`)} />
              <span className="font-medium text-ink tabular-nums">
                <Quantity kind="count" value={machines[state]} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
