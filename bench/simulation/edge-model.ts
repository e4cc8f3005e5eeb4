import { createRandom, type Random, seedOf } from "@/bench/data/random";
import { EdgeWorld, type TrueMoment } from "./edge-world";
import type { LinkModel } from "./link-model";
import type { AgentHost, SimulatedAgent, StartAgent } from "./simulated-agent";
import { Killed, SimulatedDisk } from "./simulated-disk";
import type { VirtualTime } from "./virtual-time";

const RESTART_SECONDS_MAX = 60;

/** One machine at the edge with its disk, its clock and the lives of its agent, one after the other. */
export class EdgeModel {
  readonly disk: SimulatedDisk;
  /** Every moment that was read, and those that the agent made durable. */
  readonly read = new Map<number, TrueMoment>();
  readonly durable = new Map<number, TrueMoment>();
  /** Milliseconds that the edge's clock is ahead of true time. */
  clockOffset = 0;
  agent: SimulatedAgent | null = null;
  readonly #world: EdgeWorld;
  readonly #random: Random;
  #life = 0;
  #closeAll: (() => void)[] = [];

  constructor(
    readonly seed: number,
    readonly time: VirtualTime,
    readonly link: LinkModel,
    readonly startAgent: StartAgent,
  ) {
    this.#world = new EdgeWorld(seed, time.now);
    this.#random = createRandom(seedOf(seed, 6));
    this.disk = new SimulatedDisk(createRandom(seedOf(seed, 2)));
  }

  start(): void {
    if (this.agent) return;
    this.#life += 1;
    try {
      this.agent = this.startAgent(this.#hostOf(this.#life));
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      // Killed while it started: the next life is on its way.
      this.#life += 1;
      for (const close of this.#closeAll.splice(0)) close();
    }
  }

  /** What the agent does at each interval; nothing while it is not there. */
  record(): void {
    if (!this.agent) return;
    const truth = this.#world.read(this.time.now);
    this.read.set(truth.number, truth);
    try {
      this.agent.record(truth);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }

  /** SIGKILL, now; the service manager starts it again. */
  kill(): void {
    this.#end();
    this.#startAfter(RESTART_SECONDS_MAX * this.#random.next());
  }

  /** SIGKILL in the middle of its next write. */
  killInNextWrite(): void {
    this.disk.tearNextWrite = () => this.kill();
  }

  /** Somebody stops it for a while. */
  stop(seconds: number): void {
    this.#end();
    this.#startAfter(seconds);
  }

  /** The power goes and comes back. */
  reboot(): void {
    this.#end();
    this.disk.losePower();
    this.#world.reboot(this.time.now);
    this.#startAfter(RESTART_SECONDS_MAX * this.#random.next());
  }

  #startAfter(seconds: number): void {
    this.time.after(seconds * 1000, () => this.start());
  }

  /** From here on nothing that the process began goes on; the kernel closes what it had open. */
  #end(): void {
    if (!this.agent) return;
    this.#life += 1;
    this.agent = null;
    for (const close of this.#closeAll.splice(0)) close();
  }

  #hostOf(life: number): AgentHost {
    const isAlive = () => life === this.#life;
    const guarded =
      <A extends unknown[]>(run: (...parameters: A) => void) =>
      (...parameters: A) => {
        if (!isAlive()) return;
        try {
          run(...parameters);
        } catch (error) {
          if (!(error instanceof Killed)) throw error;
        }
      };
    return {
      random: createRandom(seedOf(this.seed, 5, life)),
      disk: this.disk,
      wallNow: () => this.time.now + this.clockOffset,
      monotonicNow: () => this.#world.uptime(this.time.now) * 1000,
      bootId: `boot-${this.#world.boot}`,
      after: (milliseconds, run) => this.time.after(milliseconds, guarded(run)),
      connect: async (ear) => {
        const end = await this.link.connect({
          text: guarded(ear.text),
          bytes: guarded(ear.bytes),
          closed: guarded(ear.closed),
        });
        if (!isAlive()) {
          end.close();
          return new Promise(() => {});
        }
        this.#closeAll.push(() => end.close());
        return end;
      },
      onDurable: (number) => {
        const truth = this.read.get(number);
        if (truth) this.durable.set(number, truth);
      },
    };
  }
}
