import { createHash } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import type { Disk } from "@/agent/disk";
import { ClockState, EdgeClock } from "@/agent/edge-clock";
import { AgentEngine } from "@/agent/engine";
import type { EntitySample } from "@/agent/entity-reading";
import { Recorder, RecorderState } from "@/agent/recorder";
import { CounterState, Settler } from "@/agent/settle";
import { DICTIONARY_HASH_BYTES } from "@/contract/messages";
import { fromSteps, metricsOf } from "@/contract/metrics";
import type { AgentSettings } from "@/contract/session";
import type { TrueMoment, TrueReading } from "./edge-world";
import type { Accounts, AgentHost, SimulatedAgent, StartAgent } from "./simulated-agent";
import { DiskError, type SimulatedDisk } from "./simulated-disk";

export const SPOOL_PREFIX = "spool/";
const STATE_PREFIX = "state/";
const SPOOL_BYTES_MAX = 64 * 1024 * 1024;
/** The real agent looks four times a second; nothing waits for less than these. */
const BUSY_TICK_MILLISECONDS = 5_000;
const IDLE_TICK_MILLISECONDS = 30_000;
const SETTINGS: AgentSettings = { intervalSeconds: 60, batchSeconds: 60, profile: "full", budget: null };

/** What a run remembers of its agent's lives, so that the oracle can be told which moments were given up. */
type Memory = {
  /** `epoch.sequence` → number of the moment. */
  numbers: Map<string, number>;
  /** Segment → numbers of the moments that were written to it. */
  segments: Map<string, number[]>;
  /** Segments that the agent said it had set aside or given up, and single records of some. */
  given: Set<string>;
  givenNumbers: Set<number>;
  generations: Map<number, number>;
};

/** The real engine with the real settling, recording, spool and clock, on a simulated machine. */
export function engineAgent(spoolBytesMax = SPOOL_BYTES_MAX): StartAgent {
  const memory: Memory = {
    numbers: new Map(),
    segments: new Map(),
    given: new Set(),
    givenNumbers: new Set(),
    generations: new Map(),
  };
  return (host) => new EngineAgent(host, memory, spoolBytesMax);
}

class EngineAgent implements SimulatedAgent {
  readonly #engine: AgentEngine;
  readonly #edgeClock: EdgeClock;
  readonly #recorder: Recorder;
  readonly #settler: Settler;
  readonly #epoch: number;
  /** Recorded while the disk took nothing. */
  #inMemory: number[] = [];
  #isConnecting = false;

  constructor(
    readonly host: AgentHost,
    readonly memory: Memory,
    spoolBytesMax: number,
  ) {
    const disk = spoolOn(host.disk);
    const clock = { wallMs: host.wallNow, monotonicMs: host.monotonicNow };
    const clockState = ClockState.nullable().catch(null).parse(this.#find("clock.json"));
    this.#edgeClock = new EdgeClock(clock, host.bootId, clockState, (state) => this.#write("clock.json", state));
    this.#epoch = this.#beginEpoch(disk);
    this.#engine = new AgentEngine(
      {
        keyId: "00000000-0000-4000-8000-000000000001",
        epoch: this.#epoch,
        version: "simulated",
        bootId: host.bootId,
        disk,
        spoolBytesMax,
        clock,
        edgeClock: this.#edgeClock,
        random: host.random.next,
        sign: () => "A".repeat(86),
        hash: (text) => createHash("sha256").update(text).digest().subarray(0, DICTIONARY_HASH_BYTES),
        deflate: (text) => deflateRawSync(text),
        onSettings: () => {},
        onLink: () => {},
        onWarning: (text) => this.#hearWarning(text),
      },
      SETTINGS,
    );
    const { newest } = this.#engine.spool;
    this.#edgeClock.continueAfter(newest);
    const recorded = RecorderState.nullable().catch(null).parse(this.#find("recorded.json"));
    this.#recorder = new Recorder(host.bootId, recorded, newest);
    this.#settler = new Settler(CounterState.nullable().catch(null).parse(this.#find("counters.json")) ?? undefined);
    this.#tick();
  }

  record(truth: TrueMoment): void {
    this.#settler.begin({ bootId: this.host.bootId, uptimeSeconds: this.host.monotonicNow() / 1000 });
    const samples = truth.entities.map((entity) => this.#sampleOf(entity));
    const stamp = this.#edgeClock.stamp();
    const uptimeSeconds = this.host.monotonicNow() / 1000;
    const { dictionary, block } = this.#recorder.record(samples, { ...stamp, uptimeSeconds });
    this.memory.numbers.set(`${this.#epoch}.${this.#engine.nextSequence}`, truth.number);
    this.memory.generations.set(truth.number, stamp.generation);
    // In the order of the real agent: state first, so that growth is in the record or in the baselines before it.
    this.#write("clock.json", this.#edgeClock.state());
    this.#write("counters.json", this.#settler.state());
    this.#write("recorded.json", this.#recorder.state(this.#epoch, this.#engine.nextSequence));
    this.#engine.record(dictionary, block, stamp);
    this.#inMemory.push(truth.number);
    const { segments, error } = this.#engine.spool;
    const name = segments.at(-1)?.name ?? "";
    this.memory.segments.set(name, [...(this.memory.segments.get(name) ?? []), truth.number]);
    if (error !== null) return;
    for (const number of this.#inMemory.splice(0)) this.host.onDurable(number);
  }

  isIdle(): boolean {
    return this.#engine.spool.moments === 0;
  }

  accounts(): Accounts {
    const unsure = [...this.memory.generations].filter(
      ([, generation]) => this.#edgeClock.correct(generation, 0).isUnsure,
    );
    return {
      setAside: [
        ...[...this.memory.given].flatMap((name) => this.memory.segments.get(name) ?? []),
        ...this.memory.givenNumbers,
      ],
      unsure: unsure.map(([number]) => number),
    };
  }

  /** What goes out of the way is told with its name; a record of a thinned segment stands for many moments. */
  #hearWarning(text: string): void {
    const [, name = "", record] = /^segment (\S+):(?: record (\S+):)?/.exec(text) ?? [];
    const number = record && name.endsWith("-0.seg") ? this.memory.numbers.get(record) : undefined;
    if (number !== undefined) this.memory.givenNumbers.add(number);
    else if (name) this.memory.given.add(name);
  }

  #sampleOf({ kind, key, gauges, counters }: TrueReading): EntitySample {
    const readings: Record<string, number> = {};
    for (const metric of metricsOf(kind)) {
      const steps = gauges[metric.name];
      if (steps !== undefined) readings[metric.name] = fromSteps(metric, steps);
      const raw = counters[metric.name];
      if (raw === undefined) continue;
      const settled = this.#settler.settle(`${kind}.${key}.${metric.name}`, {
        value: { raw: BigInt(raw), perUnit: 1 / metric.step },
      });
      if ("value" in settled) readings[metric.name] = settled.value;
    }
    return { kind, key, readings };
  }

  #tick(): void {
    const dueAt = this.#engine.connectAtMs;
    if (dueAt !== null && dueAt <= this.host.monotonicNow() && !this.#isConnecting) this.#connect();
    this.#engine.tick();
    const wait = this.#engine.spool.moments > 0 ? BUSY_TICK_MILLISECONDS : IDLE_TICK_MILLISECONDS;
    this.host.after(wait, () => this.#tick());
  }

  #connect(): void {
    this.#isConnecting = true;
    let isClosed = false;
    const close = (reason: string) => {
      if (isClosed) return;
      isClosed = true;
      this.#engine.closed(reason);
    };
    const ear = {
      text: (text: string) => {
        if (!isClosed) this.#engine.onText(text);
      },
      bytes: (bytes: Uint8Array) => {
        if (!isClosed) this.#engine.onBytes(bytes);
      },
      closed: close,
    };
    this.host.connect(ear).then(
      (end) => {
        this.#isConnecting = false;
        this.#engine.opened({
          isStateless: false,
          sendText: (text) => end.text(text),
          sendBytes: (bytes) => end.bytes(bytes),
          close: () => {
            isClosed = true;
            end.close();
          },
        });
      },
      (error: unknown) => {
        this.#isConnecting = false;
        close(error instanceof Error ? error.message : String(error));
      },
    );
  }

  #beginEpoch(disk: Disk): number {
    const before = Number(this.#find("epoch.json") ?? 0);
    const epoch = Math.max(before + 1, AgentEngine.newestEpoch(disk) + 1, Math.floor(this.host.wallNow()));
    return this.#write("epoch.json", epoch) ? epoch : epoch + this.host.random.below(3_600_000);
  }

  #find(name: string): unknown {
    const bytes = this.host.disk.read(STATE_PREFIX + name);
    try {
      return bytes ? JSON.parse(Buffer.from(bytes).toString("utf8")) : null;
    } catch {
      return null;
    }
  }

  /** @returns whether it is on disk */
  #write(name: string, value: unknown): boolean {
    try {
      this.host.disk.replace(STATE_PREFIX + name, Buffer.from(JSON.stringify(value)));
      return true;
    } catch (error) {
      if (error instanceof DiskError) return false;
      throw error;
    }
  }
}

/** The agent's view of the disk: its spool folder. */
function spoolOn(disk: SimulatedDisk): Disk {
  return {
    list: () =>
      disk
        .list()
        .filter((name) => name.startsWith(SPOOL_PREFIX))
        .map((name) => name.slice(SPOOL_PREFIX.length)),
    read: (name) => {
      const bytes = disk.read(SPOOL_PREFIX + name);
      if (!bytes) throw new Error("ENOENT: there is no such file");
      return bytes;
    },
    write: (name, bytes) => disk.replace(SPOOL_PREFIX + name, bytes),
    append: (name, bytes) => {
      disk.append(SPOOL_PREFIX + name, bytes);
      disk.sync(SPOOL_PREFIX + name);
    },
    rename: (name, to) => disk.rename(SPOOL_PREFIX + name, SPOOL_PREFIX + to),
    remove: (name) => disk.remove(SPOOL_PREFIX + name),
  };
}
