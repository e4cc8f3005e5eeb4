import { setTimeout as delay } from "node:timers/promises";
import { isDark } from "@/agent/simulated/fate";
import { privateKeyFrom } from "@/agent/simulated/fleet-agent";
import { FleetDriver } from "@/agent/simulated/fleet-driver";
import { type AgentPlan, type FleetPlan, planFleet } from "@/agent/simulated/fleet-plan";
import { SimulatedAgent } from "@/agent/simulated/simulated-agent";
import type { Database } from "@/db/client";
import { findAgentStatuses, issueSimulatedToken, putSimulatedSites } from "@/server/demo/commands";
import { EnrolRefused, enrolSimulated } from "./enrol";
import { beginFleet, type FleetFile, writeFleet } from "./fleet-file";
import { siteRow } from "./site-rows";

export type DemoOptions = {
  database: Database;
  organisationId: string;
  gatewayUrl: string;
  /** Where the fleet is known from one start to the next; must exist. */
  folder: string;
  seed: number;
  sites: number;
  /** A fleet that was never driven brings so many days of history with it. */
  historyDays: number;
  /** Seconds since 1970. */
  now: () => number;
  log: (line: string) => void;
  /** Ends the enrolment. */
  signal?: AbortSignal;
};

export type Demo = {
  driver: FleetDriver;
  /** Resolves with how many agents are new, once all of them were let in; rejects with what kept them out. */
  enrolled: Promise<number>;
  /** Writes down how far the fleet was driven. */
  save: () => Promise<void>;
};

const DAY = 86_400;
const MINUTE = 60;
/** How far back the beginning of a dead link is looked for. */
const DARK_SECONDS_MAX = 5 * DAY;
const SITES_AT_A_TIME = 4;
/** After a database or a gateway that did not answer. */
const AGAIN_MS = 5_000;

/** Makes what is missing of the fleet and begins to drive it. Each agent is driven from when it is let in. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { database, organisationId, folder, seed, now, log } = options;
  const plan = planFleet({ seed, sites: options.sites });
  const fleet = await beginFleet(folder, organisationId);
  const startedAt = new Date(1000 * now());
  const way = { gatewayUrl: options.gatewayUrl, epoch: fleet.epoch, startedAt };
  const driver = new FleetDriver({ plan, onFailure: (agent, reason) => log(`${agent.plan.name}: ${reason}`) });
  const firstUntil = Math.floor(now() - DAY * options.historyDays) - MINUTE;
  const drivenUntil = fleet.drivenUntil ?? firstUntil;

  const siteIds = await putSimulatedSites(database, organisationId, plan.sites.map(siteRow));
  const statuses = await findAgentStatuses(database, organisationId, Object.values(fleet.agents));
  const drive = (agent: AgentPlan, id: string, storedUntil: number, at?: number) => {
    const speaker = { id, privateKey: privateKeyFrom(keyText(fleet, agent)) };
    driver.add(new SimulatedAgent(agent, speaker, way, storedUntil), now(), at);
  };
  const missing = new Map<string, AgentPlan[]>();
  for (const agent of plan.agents) {
    const id = fleet.agents[agent.name];
    const status = id ? statuses.get(id) : undefined;
    if (id && status === "active") drive(agent, id, storedUntilOf(plan, agent, drivenUntil));
    // What a person revoked stays out.
    else if (status === undefined) missing.set(agent.site.name, [...(missing.get(agent.site.name) ?? []), agent]);
  }
  let newcomersIn = 0;
  const letIn = async (siteName: string, newcomers: AgentPlan[]) => {
    const siteId = siteIds.get(siteName);
    if (!siteId) return log(`${siteName}: a site of this name is there and is not simulated; it is left alone`);
    const token = await issueSimulatedToken(database, { orgId: organisationId, siteId, usesMax: newcomers.length });
    for (let agent = newcomers[0]; agent !== undefined; agent = newcomers[0]) {
      const key = { privateKey: privateKeyFrom(keyText(fleet, agent)) };
      const id = await enrolSimulated(options.gatewayUrl, token, agent, key);
      fleet.agents[agent.name] = id;
      // Whose link is dead at this moment was heard until then: a silence has to have been a voice before.
      const heardAt = lastLight(plan, agent, now());
      drive(agent, id, Math.min(firstUntil, heardAt - agent.intervalSeconds), heardAt);
      newcomersIn += 1;
      newcomers.shift();
    }
  };
  const enrolled = eachAtATime([...missing], async ([siteName, newcomers]) => {
    while (!options.signal?.aborted) {
      try {
        return await letIn(siteName, newcomers);
      } catch (error) {
        // The gateway's word is final; a database or a gateway that does not answer is asked again.
        log(`${siteName}: not let in: ${error instanceof Error ? error.message : String(error)}`);
        if (error instanceof EnrolRefused) return;
        await delay(AGAIN_MS, undefined, { signal: options.signal }).catch(() => {});
      }
    }
  });
  // What was let in is known at the next start, however this one ends.
  const save = () => {
    fleet.drivenUntil = now();
    return writeFleet(folder, fleet);
  };
  const saved = enrolled.then(save).then(() => newcomersIn);
  saved.catch(() => {});
  return { driver, enrolled: saved, save };
}

const keyText = ({ secret }: FleetFile, { name }: AgentPlan): string => `${secret} key of ${name}`;

/** What an agent could not tell before the last stop, because its link was dead then, waits still. */
const storedUntilOf = (plan: FleetPlan, agent: AgentPlan, drivenUntil: number): number =>
  lastLight(plan, agent, drivenUntil - agent.intervalSeconds);

/** The newest moment up to this one at which its link was not dead; no longer back than dead links last. */
function lastLight(plan: FleetPlan, agent: AgentPlan, until: number): number {
  let at = until;
  const earliest = at - DARK_SECONDS_MAX;
  while (at > earliest && isDark(plan, agent, at)) at -= MINUTE;
  return at;
}

async function eachAtATime<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  const rest = [...all];
  const worker = async () => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: SITES_AT_A_TIME }, worker));
}
