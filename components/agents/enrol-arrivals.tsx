"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useMay } from "@/components/access/use-may";
import { clusterHref } from "@/components/clusters/cluster-href";
import { machineHref } from "@/components/fleet/machine-href";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/class-names";
import { StateMark } from "@/components/ui/state-mark";
import type { AgentRow } from "./agent-figures";
import { useAgentActions } from "./use-agent-actions";

function Arrival({ agent }: { agent: AgentRow }) {
  const t = useTranslations("agents");
  const may = useMay();
  const { approve } = useAgentActions();
  const values = { name: agent.machineName ?? agent.hostname, site: agent.siteName };
  if (agent.status === "waiting") {
    return (
      <li className="flex flex-wrap items-center justify-between gap-2">
        <StateMark state="waiting" word={t("arrivals.needsApproval", values)} className="whitespace-normal" />
        {may("agents:approve") ? (
          <Button size="small" isBusy={approve.isBusy} onClick={() => approve.run(agent.id, agent.hostname)}>
            {t("waiting.approve")}
          </Button>
        ) : null}
      </li>
    );
  }
  const href = agent.clusterId ? clusterHref(agent.clusterId) : agent.machineId ? machineHref(agent.machineId) : null;
  const hasReported = agent.lastReceivedAt !== null;
  return (
    <li className="flex flex-wrap items-center justify-between gap-2">
      <StateMark
        state={hasReported ? "good" : "waiting"}
        word={t(hasReported ? "arrivals.reports" : "arrivals.enrolled", values)}
        className="whitespace-normal"
      />
      {href ? (
        <Link href={href} className="font-medium text-accent-text hover:underline">
          {t("arrivals.open")}
        </Link>
      ) : null}
    </li>
  );
}

/** More are only counted: a rollout of hundreds must not push the commands away. */
const ARRIVALS_SHOWN = 8;

export type Arrivals = { agents: AgentRow[]; arrived: number; reporting: number };

/** The agents that came in with a token: those that wait first, then the newest. */
export function useArrivals(tokenId: string | null): Arrivals {
  const trpc = useTRPC();
  const { data } = useQuery(
    trpc.agents.list.queryOptions({ tokenId, limit: ARRIVALS_SHOWN }, { enabled: tokenId !== null }),
  );
  return { agents: data?.rows ?? [], arrived: data?.total ?? 0, reporting: data?.reporting ?? 0 };
}

/** Who came in with a token so far; turns green by itself, because the live stream brings every arrival. */
export function EnrolArrivals({ tokenId, usesMax }: { tokenId: string; usesMax: number }) {
  const t = useTranslations("agents.arrivals");
  const { agents, arrived, reporting } = useArrivals(tokenId);
  const hidden = arrived - agents.length;
  return (
    <div
      role="status"
      aria-atomic={false}
      className={cn(
        "rounded-md px-3 py-2.5 text-table transition-colors",
        reporting > 0 ? "bg-good-soft" : "bg-sunken",
      )}
      data-arrived={reporting > 0}
    >
      {agents.length === 0 ? (
        <StateMark state="waiting" word={t("waiting")} />
      ) : (
        <>
          <ul className="flex flex-col gap-1.5">
            {agents.map((agent) => (
              <Arrival key={agent.id} agent={agent} />
            ))}
          </ul>
          {usesMax > 1 ? (
            <p className="mt-2 text-caption text-ink-muted tabular-nums">
              {t("count", { arrived, uses: usesMax, reporting })}
              {hidden > 0 ? ` · ${t("hidden", { count: hidden })}` : null}
            </p>
          ) : null}
        </>
      )}
    </div>
  );
}
