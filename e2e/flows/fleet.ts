import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Outage, outagesAt } from "@/agent/simulated/fate";
import { type MachinePlan, planFleet } from "@/agent/simulated/fleet-plan";
import { samplesOf } from "@/agent/simulated/simulated-agent";
import { readDataFolder } from "@/e2e/fixtures/config";

/** A beginning of the demo fleet: large enough that its outages have names, small enough to come in within minutes. */
export const FLEET = { seed: 1, sites: 136 };
export const plan = planFleet(FLEET);

/** Until an outage has gone on so long it may not be found yet. */
const FOUND_SECONDS = 300;
const MINUTE = 60;

const storyFile = () => join(readDataFolder(), "flows.json");

/** The outage that the story is about: the newest that is sure to be found. Chosen once for the whole run. */
export function chooseOutage(now: number): Outage {
  const outage = outagesAt(plan, now).find(({ from, until }) => now - from > FOUND_SECONDS && now < until);
  if (!outage) throw new Error("the demo fleet has no outage, though one always goes on");
  writeFileSync(storyFile(), JSON.stringify(outage));
  return outage;
}

export const readOutage = (): Outage => JSON.parse(readFileSync(storyFile(), "utf8")) as Outage;

/** The sites that an outage takes. */
export const sitesOf = ({ carrier, city }: Outage) =>
  plan.sites.filter((site) => site.kind === "edge" && site.carrier === carrier && site.place.city === city);

/** The machine whose memory is fullest, of those that are heard; a leak fills it. */
export function fullestMachine(isHeard: (machine: MachinePlan) => boolean): MachinePlan {
  const at = Math.floor(Date.now() / 1000 / MINUTE) * MINUTE;
  const usedRatio = (machine: MachinePlan) => {
    const readings = samplesOf(machine, at, MINUTE).find(({ kind }) => kind === "machine")?.readings ?? {};
    return 1 - (readings.memoryAvailableBytes ?? 0) / (readings.memoryTotalBytes ?? 1);
  };
  const machines = plan.agents.filter((agent) => agent.kind === "machine").filter(isHeard);
  const [fullest] = machines.sort((left, right) => usedRatio(right) - usedRatio(left));
  if (!fullest) throw new Error("the demo fleet has no machine");
  return fullest;
}
