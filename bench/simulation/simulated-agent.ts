import type { Random } from "@/bench/data/random";
import type { TrueMoment } from "./edge-world";
import type { AgentEar, AgentEnd } from "./link-model";
import type { SimulatedDisk } from "./simulated-disk";
import type { Cancel } from "./virtual-time";

/** What one life of an agent's process is given. Nothing of it does anything any more once the process is dead. */
export type AgentHost = {
  random: Random;
  disk: SimulatedDisk;
  /** The edge's clock, epoch milliseconds: may be wrong and may jump. */
  wallNow(): number;
  /** Milliseconds since the boot: only grows. */
  monotonicNow(): number;
  bootId: string;
  after(milliseconds: number, run: () => void): Cancel;
  connect(ear: AgentEar): Promise<AgentEnd>;
  /** A moment that survives the death of the process. */
  onDurable(number: number): void;
};

/** One life of an agent's process. */
export type SimulatedAgent = {
  /** Called at each interval with what there is to read. @throws Killed when the process dies in it */
  record(moment: TrueMoment): void;
  /** True when nothing waits to be sent. */
  isIdle(): boolean;
  accounts(): Accounts;
};

/** What an agent says of itself at the end, over all its lives. */
export type Accounts = {
  /** Numbers of moments in files that it put out of the way, in quarantine or damaged, and said so. */
  setAside: number[];
  /** Numbers of moments whose clock was never compared with the gateway's. */
  unsure: number[];
};

export type StartAgent = (host: AgentHost) => SimulatedAgent;
