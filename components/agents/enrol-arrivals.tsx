"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useMay } from "@/components/access/use-may";
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
  const hasReported = agent.lastReceivedAt !== null;
  return (
    <li className="flex flex-wrap items-center justify-between gap-2">
      <StateMark
        state={hasReported ? "good" : "waiting"}
        word={t(hasReported ? "arrivals.reports" : "arrivals.enrolled", values)}
        className="whitespace-normal"
      />
      {agent.machineId ? (
        <Link href={machineHref(agent.machineId)} className="font-medium text-accent-text hover:underline">
          {t("arrivals.open")}
        </Link>
      ) : null}
    </li>
  );
}

/** More are only counted: a rollout of hundreds must not push the commands away. */
const ARRIVALS_SHOWN = 8;

/** The agents that came in with a token: those that wait first, then the newest. */
export function useArrivals(tokenId: string | null): AgentRow[] {
  const trpc = useTRPC();
  const { data: agents = [] } = useQuery(trpc.agents.list.queryOptions());
  return agents.filter((agent) => agent.joinTokenId === tokenId);
}

/** Who came in with a token so far; turns green by itself, because the live stream brings every arrival. */
export function EnrolArrivals({ tokenId, usesMax }: { tokenId: string; usesMax: number }) {
  const t = useTranslations("agents.arrivals");
  const arrived = useArrivals(tokenId);
  const reporting = arrived.filter((agent) => agent.lastReceivedAt !== null).length;
  const hidden = arrived.length - ARRIVALS_SHOWN;
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
      {arrived.length === 0 ? (
        <StateMark state="waiting" word={t("waiting")} />
      ) : (
        <>
          <ul className="flex flex-col gap-1.5">
            {arrived.slice(0, ARRIVALS_SHOWN).map((agent) => (
              <Arrival key={agent.id} agent={agent} />
            ))}
          </ul>
          {usesMax > 1 ? (
            <p className="mt-2 text-caption text-ink-muted tabular-nums">
              {t("count", { arrived: arrived.length, uses: usesMax, reporting })}
              {hidden > 0 ? ` · ${t("hidden", { count: hidden })}` : null}
            </p>
          ) : null}
        </>
      )}
    </div>
  );
}
