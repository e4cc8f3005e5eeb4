"use client";

import type { Route } from "next";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { HEALTH_MARKS } from "@/components/clusters/health-mark";
import { FreshnessMark } from "@/components/shell/freshness-mark";
import { Quantity } from "@/components/shell/quantity";
import { SimulatedCount } from "@/components/ui/simulated-mark";
import { type MarkState, StateMark } from "@/components/ui/state-mark";
import { HEALTHS } from "@/contract/cluster/healths";
import { CONNECTIVITIES, type Connectivity, MISSED_INTERVALS_MAX } from "@/server/fleet/model";
import type { Outputs } from "@/server/root";

type Overview = Outputs["fleet"]["overview"];
type Part = { key: string; count: number; mark: MarkState; word: string; href: Route };

const MARKS: Record<Connectivity, MarkState> = {
  online: "good",
  offline: "offline",
  never: "waiting",
  revoked: "offline",
};
const FILLS: Record<MarkState, string> = {
  good: "bg-good",
  warning: "bg-warning",
  critical: "bg-critical",
  unknown: "bg-unknown",
  offline: "bg-offline",
  maintenance: "bg-maintenance",
  simulated: "bg-simulated",
  waiting: "bg-accent",
};

/** Shares of a whole as a bar, and as words that lead to their list. */
function Parts({ label, parts }: { label: string; parts: readonly Part[] }) {
  const shown = parts.filter(({ count }) => count > 0);
  return (
    <div className="mt-3">
      <div aria-hidden className="flex h-2 gap-px overflow-hidden rounded-full bg-pressed">
        {shown.map(({ key, mark, count }) => (
          <span key={key} className={FILLS[mark]} style={{ flexGrow: count }} />
        ))}
      </div>
      <ul aria-label={label} className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-table">
        {shown.map(({ key, mark, count, word, href }) => (
          <li key={key}>
            <Link href={href} className="inline-flex items-baseline gap-2 hover:underline">
              <StateMark state={mark} word={word} />
              <span className="font-medium text-ink tabular-nums">
                <Quantity kind="count" value={count} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

type HeadProps = {
  href: Route;
  total: number;
  /** Whose state is of now. */
  known: number;
  word: string;
  /** How many of the total are made up by the demo fleet. */
  simulated: number;
  newestReceivedAt: Date | null;
  intervalSecondsMax: number | null;
};

function Head({ href, total, known, word, simulated, newestReceivedAt, intervalSecondsMax }: HeadProps) {
  const t = useTranslations("fleet.overview");
  return (
    <div className="flex items-baseline justify-between gap-3">
      <p>
        <Link href={href} className="hover:underline">
          <span className="font-semibold text-figure tabular-nums tracking-[-0.015em]">
            <Quantity kind="count" value={total} />
          </span>{" "}
          <span className="text-body text-ink-muted">{word}</span>
        </Link>{" "}
        <span className="text-caption text-ink-faint tabular-nums">
          {t("knownUnknown", { known, unknown: total - known })}
        </span>{" "}
        <SimulatedCount count={simulated} />
      </p>
      <FreshnessMark
        observedAt={newestReceivedAt}
        staleAfterSeconds={MISSED_INTERVALS_MAX * (intervalSecondsMax ?? 60)}
        provenance={{ origin: "measured", reported: { known, total } }}
        isShort
      />
    </div>
  );
}

/** How many machines and clusters there are, how many of them are reached, and, apart from that, how those are. */
export function FleetNow({ overview }: { overview: Overview }) {
  const t = useTranslations("fleet");
  const health = useTranslations("clusters.health");
  const { machines, clusters } = overview;
  const reached = (counts: Record<Connectivity, number>, path: string): Part[] =>
    CONNECTIVITIES.map((state) => ({
      key: state,
      count: counts[state],
      mark: MARKS[state],
      word: t(`connectivity.${state}`),
      href: `${path}?state=${state}` as Route,
    }));
  return (
    <div className="flex flex-col gap-6">
      {clusters.total > 0 ? (
        <div>
          <Head
            href="/clusters"
            total={clusters.total}
            known={clusters.online}
            simulated={clusters.simulated}
            word={t("overview.clusters", { count: clusters.total })}
            newestReceivedAt={clusters.newestReceivedAt}
            intervalSecondsMax={clusters.intervalSecondsMax}
          />
          <Parts label={t("overview.reach")} parts={reached(clusters, "/clusters")} />
          {clusters.online > 0 ? (
            <Parts
              label={t("overview.health")}
              parts={HEALTHS.map((state) => ({
                key: state,
                count: clusters.health[state],
                mark: HEALTH_MARKS[state],
                word: health(state),
                href: `/clusters?state=online&health=${state}` as Route,
              }))}
            />
          ) : null}
        </div>
      ) : null}
      <div>
        <Head
          href="/fleet/machines"
          total={machines.total}
          known={machines.online}
          simulated={machines.simulated}
          word={`${t("overview.machines", { count: machines.total })} ${t("overview.sites", { count: overview.sites })}`}
          newestReceivedAt={overview.newestReceivedAt}
          intervalSecondsMax={overview.intervalSecondsMax}
        />
        <Parts label={t("overview.reach")} parts={reached(machines, "/fleet/machines")} />
      </div>
    </div>
  );
}
