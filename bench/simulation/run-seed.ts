import { createRandom, type Random, seedOf } from "@/bench/data/random";
import type { AgentSettings } from "@/contract/session";
import { DarkOracle } from "./dark-oracle";
import { EdgeModel } from "./edge-model";
import { SPOOL_PREFIX } from "./engine-agent";
import { type Fault, planFaults } from "./fault-plan";
import { GatewayModel } from "./gateway-model";
import { LinkModel } from "./link-model";
import { numbersIn, Oracle } from "./oracle";
import type { SeedResult } from "./seed-result";
import type { StartAgent } from "./simulated-agent";
import { StoreModel } from "./store-model";
import { VirtualTime } from "./virtual-time";

/** 1 May 2026, 00:00 UTC. */
const START_MILLISECONDS = Date.UTC(2026, 4, 1);
const INTERVAL_SECONDS = 60;
const LATENCY_MILLISECONDS = 50;
/** With everything healed, all that waits has arrived by then. */
const HEAL_SECONDS_MAX = 6 * 3600;
const MERGE_SECONDS_MAX = 1800;
const STOP_SECONDS_MAX = 3600;
const SETTINGS: AgentSettings = {
  intervalSeconds: INTERVAL_SECONDS,
  batchSeconds: INTERVAL_SECONDS,
  profile: "full",
  budget: null,
};

export type RunPlan = {
  seed: number;
  hours: number;
  startAgent: StartAgent;
  /** Faults that happen in this run; all of them when left out. */
  isMeant?: (fault: Fault, atSeconds: number) => boolean;
  /** A time without any link that the spool has no room for: what is stored of it may be coarse. */
  dark?: { fromSeconds: number; untilSeconds: number };
};

/** Runs one seed from a healthy start through its faults until everything is healed and sent, and judges it. */
export async function runPlan(plan: RunPlan): Promise<SeedResult> {
  const run = new Run(plan);
  await run.live();
  return run.judge();
}

class Run {
  readonly #plan: RunPlan;
  readonly #time = new VirtualTime(START_MILLISECONDS);
  readonly #random: Random;
  readonly #store = new StoreModel();
  readonly #gateway: GatewayModel;
  readonly #link: LinkModel;
  readonly #edge: EdgeModel;
  readonly #faults = { isDatabaseAway: false, isPoison: () => this.#isPoisonous };
  readonly #counts: Record<string, number> = {};
  #isGatewayUp = true;
  #isPoisonous = false;

  constructor(plan: RunPlan) {
    this.#plan = plan;
    const random = (part: number) => createRandom(seedOf(plan.seed, part));
    this.#random = random(1);
    this.#gateway = new GatewayModel(this.#time, random(3), this.#store, this.#faults, SETTINGS);
    this.#link = new LinkModel(this.#time, random(4), () => (this.#isGatewayUp ? this.#gateway : null));
    this.#link.state.latencyMilliseconds = LATENCY_MILLISECONDS;
    this.#edge = new EdgeModel(plan.seed, this.#time, this.#link, plan.startAgent);
  }

  async live(): Promise<void> {
    const { hours, isMeant = () => true, dark } = this.#plan;
    const end = START_MILLISECONDS + hours * 3_600_000;
    for (const { atSeconds, fault } of planFaults(this.#random, hours * 3600)) {
      if (isMeant(fault, atSeconds)) this.#time.after(atSeconds * 1000, () => this.#happen(fault));
    }
    if (dark) {
      const forSeconds = dark.untilSeconds - dark.fromSeconds;
      this.#time.after(dark.fromSeconds * 1000, () => this.#happen({ what: "linkDown", forSeconds }));
    }
    this.#edge.start();
    this.#again(
      () => INTERVAL_SECONDS,
      end,
      () => this.#edge.record(),
    );
    this.#again(
      () => MERGE_SECONDS_MAX * this.#random.next(),
      end,
      () => this.#store.merge(),
    );
    await this.#time.runUntil(end);
    this.#heal();
    await this.#time.runUntil(end + HEAL_SECONDS_MAX * 1000, () => this.#edge.agent?.isIdle() ?? false);
  }

  judge(): SeedResult {
    this.#store.merge();
    if (this.#plan.dark) return this.#judgeDark(this.#plan.dark);
    const { durable, read, agent } = this.#edge;
    const { setAside, unsure } = agent?.accounts() ?? { setAside: [], unsure: [] };
    const misdated = numbersIn(this.#store.misdated.map(({ block }) => block));
    const oracle = new Oracle(durable, read, new Set(setAside), new Set(misdated), new Set(unsure));
    oracle.compare(this.#store.blocks());
    const { lost, doubled, altered, invented, stored, findings } = oracle;
    return {
      ...{ seed: this.#plan.seed, lost, doubled, altered, invented, stored, findings },
      read: durable.size,
      misdated: oracle.keptApart,
      setAside: oracle.setAside,
      thinned: 0,
      faults: this.#counts,
    };
  }

  #judgeDark({ fromSeconds, untilSeconds }: NonNullable<RunPlan["dark"]>): SeedResult {
    const { durable, read } = this.#edge;
    const start = START_MILLISECONDS / 1000;
    const oracle = new DarkOracle(durable, read, { from: start + fromSeconds, until: start + untilSeconds });
    oracle.compare(this.#store.blocks());
    const { lost, doubled, altered, invented, stored, thinned, findings } = oracle;
    return {
      ...{ seed: this.#plan.seed, lost, doubled, altered, invented, stored, thinned, findings },
      ...{ read: durable.size, misdated: 0, setAside: 0, faults: this.#counts },
    };
  }

  #again(pauseSeconds: () => number, end: number, run: () => void): void {
    if (this.#time.now >= end) return;
    run();
    this.#time.after(pauseSeconds() * 1000, () => this.#again(pauseSeconds, end, run));
  }

  #happen(fault: Fault): void {
    this.#counts[fault.what] = (this.#counts[fault.what] ?? 0) + 1;
    if ("forSeconds" in fault) this.#time.after(fault.forSeconds * 1000, () => this.#healOne(fault.what));
    switch (fault.what) {
      case "gatewayAway":
        this.#isGatewayUp = false;
        this.#gateway.restart();
        break;
      case "gatewayRestart":
        this.#gateway.restart();
        break;
      case "databaseAway":
        this.#faults.isDatabaseAway = true;
        break;
      case "linkDown":
        this.#link.state.isUp = false;
        break;
      case "linkSlow":
        this.#link.state.latencyMilliseconds = fault.latencyMilliseconds;
        break;
      case "connectionsBreak":
        this.#link.breakAll();
        break;
      case "halfOpen":
        this.#link.halfOpen();
        break;
      case "answersLost":
        this.#link.loseAnswers(fault.count);
        break;
      case "agentKill":
        if (this.#random.chance(0.5)) this.#edge.kill();
        else this.#edge.killInNextWrite();
        break;
      case "agentStop":
        this.#edge.stop(STOP_SECONDS_MAX * this.#random.next());
        break;
      case "machineReboot":
        this.#edge.reboot();
        break;
      case "bootClock":
        this.#edge.clockOffset = Math.round(fault.bySeconds) * 1000;
        this.#edge.reboot();
        break;
      case "clockStep":
        this.#edge.clockOffset += Math.round(fault.bySeconds) * 1000;
        break;
      case "diskFull":
        this.#edge.disk.fault = "ENOSPC";
        break;
      case "diskReadOnly":
        this.#edge.disk.fault = "EROFS";
        break;
      case "bitFlip":
        this.#edge.disk.flipBit(fault.place, (name) => name.startsWith(SPOOL_PREFIX));
        break;
      case "poison":
        this.#isPoisonous = true;
        break;
    }
  }

  #healOne(what: Fault["what"]): void {
    if (what === "gatewayAway") this.#isGatewayUp = true;
    if (what === "databaseAway") this.#faults.isDatabaseAway = false;
    if (what === "linkDown") this.#link.state.isUp = true;
    if (what === "linkSlow") this.#link.state.latencyMilliseconds = LATENCY_MILLISECONDS;
    if (what === "diskFull" || what === "diskReadOnly") this.#edge.disk.fault = null;
    if (what === "poison") this.#isPoisonous = false;
  }

  #heal(): void {
    for (const what of ["gatewayAway", "databaseAway", "linkDown", "linkSlow", "diskFull", "poison"] as const) {
      this.#healOne(what);
    }
    this.#edge.disk.tearNextWrite = null;
    this.#link.loseAnswers(0);
    this.#edge.start();
  }
}
