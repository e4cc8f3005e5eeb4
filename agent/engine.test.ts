import { createHash } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import { MemoryDisk } from "@/agent/testing/memory-disk";
import { absenceOf, type Block, createBlock, PRESENT } from "@/contract/codec/block";
import { decodeFrame, SessionState } from "@/contract/codec/frame";
import { createLayout, type Dictionary, dictionaryText, type Layout } from "@/contract/codec/layout";
import { lettersOf, otherVersion } from "@/contract/codec/testing/other-version";
import {
  type AgentMessage,
  DICTIONARY_HASH_BYTES,
  decodeMessage,
  encodeAnswer,
  type GatewayAnswer,
} from "@/contract/messages";
import type { AgentSettings } from "@/contract/session";
import { EdgeClock } from "./edge-clock";
import { AgentEngine, type LinkState } from "./engine";
import { readSegment, SegmentWriter } from "./spool/segment";
import { segmentName } from "./spool/segment-files";

const START = 1_800_000_000;
const DICTIONARY: Dictionary = [{ kind: "energyZone", key: "package-0" }];
const SETTINGS: AgentSettings = { intervalSeconds: 60, batchSeconds: 60, profile: "full", budget: null };
const hash = (text: string) => createHash("sha256").update(text).digest().subarray(0, DICTIONARY_HASH_BYTES);

type Kind = AgentMessage["type"];

/** An engine with its surroundings in the test's hand: time, disk, chance and the other end of the line. */
class Edge {
  now = 0;
  random = 0.5;
  readonly disk: MemoryDisk;
  readonly links: [LinkState, string][] = [];
  readonly warnings: string[] = [];
  /** What came and was not answered yet. */
  inbox: AgentMessage[] = [];
  /** Moments in the order of their acknowledgement. */
  readonly stored: number[] = [];
  readonly engine: AgentEngine;
  readonly #clock: EdgeClock;
  readonly #layouts = new Map<string, Layout>();
  #state: SessionState | null = null;
  isOpen = false;

  constructor(disk = new MemoryDisk(), epoch = 1) {
    this.disk = disk;
    const clock = { wallMs: () => 1000 * START + this.now, monotonicMs: () => this.now };
    this.#clock = new EdgeClock(clock, "boot", null, () => {});
    this.engine = new AgentEngine(
      {
        keyId: "00000000-0000-4000-8000-000000000001",
        epoch,
        version: "0.0.0",
        bootId: "boot",
        disk,
        spoolBytesMax: 64 * 1024 * 1024,
        clock,
        edgeClock: this.#clock,
        random: () => this.random,
        sign: () => "A".repeat(86),
        hash,
        deflate: (text) => deflateRawSync(text),
        onSettings: () => {},
        onLink: (state, reason) => this.links.push([state, reason]),
        onWarning: (text) => this.warnings.push(text),
      },
      SETTINGS,
    );
  }

  record(count = 1, seconds = 60): void {
    for (let made = 0; made < count; made += 1) {
      this.now += 1000 * seconds;
      const stamp = this.#clock.stamp();
      const block = createBlock(createLayout(DICTIONARY), [stamp.wall]);
      block.absence.fill(PRESENT);
      this.engine.record(DICTIONARY, block, stamp);
    }
  }

  open(): void {
    this.isOpen = true;
    this.inbox = [];
    this.#state = null;
    this.engine.opened({
      isStateless: false,
      sendText: () => this.engine.onText(JSON.stringify({ welcome: { time: this.#time(), settings: SETTINGS } })),
      sendBytes: (bytes) => this.#hear(decodeMessage(bytes)),
      close: () => {
        this.isOpen = false;
      },
    });
    this.engine.onText(JSON.stringify({ challenge: "A".repeat(43), time: this.#time() }));
  }

  cut(): void {
    this.isOpen = false;
    this.engine.closed("cut");
  }

  wait(seconds: number): void {
    this.now += 1000 * seconds;
    this.engine.tick();
  }

  next(type: Kind): AgentMessage {
    const found = this.inbox.find((message) => message.type === type);
    if (!found) throw new Error(`no ${type} waits`);
    this.inbox = this.inbox.filter((message) => message !== found);
    return found;
  }

  /** Stores a message and says so. @returns its moments */
  take(message: AgentMessage): number[] {
    const { moments, state } = this.#read(message);
    this.#state = state;
    this.stored.push(...moments);
    this.answer({ type: "acknowledged", ids: [message.id] });
    return moments;
  }

  momentsOf(message: AgentMessage): number[] {
    return this.#read(message).moments;
  }

  /** What a backlog frame holds. */
  blockOf(message: AgentMessage): Block {
    if (message.type !== "backlog") throw new Error(`found a message of type ${message.type}`);
    return decodeFrame(this.#layoutOf(message.hash), message.frame);
  }

  refuse(message: AgentMessage, code: string, retryAfterSeconds?: number): void {
    this.answer({ type: "refused", id: message.id, text: JSON.stringify({ code, message: "no", retryAfterSeconds }) });
  }

  answer(answer: GatewayAnswer): void {
    this.engine.onBytes(encodeAnswer(answer));
  }

  /** Answers with acknowledgements until nothing more comes. */
  drain(): void {
    while (this.inbox.length > 0) {
      const [message] = this.inbox.splice(0, 1);
      if (message) this.take(message);
    }
  }

  #hear(message: AgentMessage): void {
    if (message.type !== "dictionary") {
      this.inbox.push(message);
      return;
    }
    const told: unknown = JSON.parse(inflateRawSync(message.payload).toString("utf8"));
    expect(JSON.stringify(told)).toBe(dictionaryText(DICTIONARY));
    this.#layouts.set(Buffer.from(hash(dictionaryText(DICTIONARY))).toString("hex"), createLayout(DICTIONARY));
  }

  #read(message: AgentMessage): { moments: number[]; state: SessionState | null } {
    if (message.type === "backlog") {
      return { moments: [...decodeFrame(this.#layoutOf(message.hash), message.frame).moments], state: this.#state };
    }
    if (message.type !== "live") return { moments: [], state: this.#state };
    const state = message.hash ? new SessionState(this.#layoutOf(message.hash)) : this.#state?.clone();
    if (!state) throw new Error("a live frame without a state");
    return { moments: [...decodeFrame(state.layout, message.frame, state).moments], state };
  }

  #layoutOf(name: Uint8Array): Layout {
    const layout = this.#layouts.get(Buffer.from(name).toString("hex"));
    if (!layout) throw new Error("a frame before its dictionary");
    return layout;
  }

  #time(): string {
    return new Date(1000 * START + this.now).toISOString();
  }
}

const minutes = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => START + 60 * (from + at));

let edge: Edge;
beforeEach(() => {
  edge = new Edge();
});

describe("an engine that comes back after an outage", () => {
  test("sends the newest first, then the backlog from new to old, and each moment once", () => {
    edge.record(200);
    edge.open();
    const [first] = edge.inbox;
    expect(first?.type).toBe("live");
    edge.drain();
    expect(edge.stored[0]).toBe(START + 60 * 181);
    expect([...edge.stored].sort((a, b) => a - b)).toEqual(minutes(1, 200));
    expect(edge.engine.spool.moments).toBe(0);
  });

  test("does not let a backlog keep a live moment waiting: it leaves at once, whatever is under way", () => {
    edge.record(600);
    edge.open();
    edge.take(edge.next("live"));
    expect(edge.inbox.filter(({ type }) => type === "backlog").length).toBeLessThanOrEqual(2);
    edge.record(1, 5);
    expect(edge.take(edge.next("live"))).toEqual([START + 60 * 600 + 5]);
  });

  test("sends what was under way when the line was cut again, and nothing that was acknowledged", () => {
    edge.record(3);
    edge.open();
    edge.take(edge.next("live"));
    edge.record();
    const lost = edge.next("live");
    expect(lost.type === "live" && lost.hash).toBeNull();
    edge.cut();
    edge.open();
    const again = edge.next("live");
    expect(again.type === "live" && again.hash).not.toBeNull();
    expect(edge.take(again)).toEqual([START + 240]);
  });

  test("sends after a restart what an earlier process left, under that process's epoch", () => {
    edge.record(5);
    const later = new Edge(edge.disk.copy(), 2);
    later.now = edge.now;
    later.record();
    later.open();
    later.take(later.next("live"));
    const backlog = later.next("backlog");
    expect(backlog.type === "backlog" && backlog.epoch).toBe(1);
    expect(later.take(backlog)).toEqual(minutes(1, 5));
  });
});

describe("an engine after a change of version", () => {
  /** A segment as the agent before has left it, with other metrics of its kinds. */
  function left(more: number): MemoryDisk {
    const layout = createLayout(DICTIONARY, otherVersion({ energyZone: lettersOf("energyZone", more) }));
    const writer = new SegmentWriter({ epoch: 1, generation: 1, level: 0, dictionary: DICTIONARY }, layout);
    const parts = [writer.headBytes()];
    for (const [at, wall] of minutes(1, 5).entries()) {
      const block = createBlock(layout, [wall]);
      block.absence.fill(PRESENT);
      block.values.forEach((_, column) => {
        block.values[column] = 100 * at + column;
      });
      const { bytes, commit } = writer.record({ sequence: at + 1, wall, block });
      commit();
      parts.push(bytes);
    }
    const disk = new MemoryDisk();
    disk.write(segmentName(1, 1, 0), Buffer.concat(parts));
    return disk;
  }

  test.each([
    ["older", -1],
    ["newer", 2],
  ])("sends what an %s version has left, with the reason for what that one did not read", (_, more) => {
    const later = new Edge(left(more), 2);
    later.now = 6 * 60_000;
    later.record();
    later.open();
    later.take(later.next("live"));
    const backlog = later.next("backlog");
    const { layout, moments, values, absence } = later.blockOf(backlog);
    expect(moments).toEqual(minutes(1, 5));
    const told = [PRESENT, more < 0 ? absenceOf("older_version") : PRESENT];
    for (let column = 0; column < layout.columns; column += 1) {
      const part = { from: column * moments.length, to: (column + 1) * moments.length };
      expect([...absence.subarray(part.from, part.to)]).toEqual(moments.map(() => told[column]));
      const isTold = told[column] === PRESENT;
      expect([...values.subarray(part.from, part.to)]).toEqual(
        moments.map((_, at) => (isTold ? 100 * at + column : 0)),
      );
    }
    expect(later.take(backlog)).toEqual(minutes(1, 5));
    expect(later.engine.spool.moments).toBe(0);
    expect(later.warnings).toEqual([]);
  });
});

describe("an engine that is answered", () => {
  test("with NEED_KEY begins the session state anew and loses nothing", () => {
    edge.record();
    edge.open();
    edge.take(edge.next("live"));
    edge.record();
    edge.answer({ type: "needKey", id: edge.next("live").id });
    const key = edge.next("live");
    expect(key.type === "live" && key.hash).not.toBeNull();
    expect(edge.take(key)).toEqual([START + 120]);
  });

  test("with NEED_DICTIONARY tells it again and repeats the frame", () => {
    edge.record(200);
    edge.open();
    edge.answer({ type: "needDictionary", id: edge.next("backlog").id });
    edge.drain();
    expect([...edge.stored].sort((a, b) => a - b)).toEqual(minutes(1, 200));
  });

  test("that the gateway is busy keeps everything, and asks again no sooner than it was told", () => {
    edge.record();
    edge.open();
    edge.refuse(edge.next("live"), "unavailable", 40);
    edge.wait(39);
    expect(edge.inbox).toEqual([]);
    edge.wait(30);
    expect(edge.take(edge.next("live"))).toEqual([START + 60]);
  });

  test("that a backlog frame is too large sends the half, until it fits, and loses nothing", () => {
    edge.record(130);
    edge.open();
    for (let step = 0; step < 1000 && edge.inbox.length > 0; step += 1) {
      const [message] = edge.inbox.splice(0, 1);
      if (!message) break;
      if (message.type === "backlog" && edge.momentsOf(message).length > 10) edge.refuse(message, "too_large");
      else edge.take(message);
    }
    expect([...edge.stored].sort((a, b) => a - b)).toEqual(minutes(1, 130));
  });

  test("that a live frame is too large sends the half, until it fits, and loses nothing", () => {
    edge.record(40);
    edge.open();
    for (let step = 0; step < 200 && edge.inbox.length > 0; step += 1) {
      const [message] = edge.inbox.splice(0, 1);
      if (!message) break;
      if (edge.momentsOf(message).length > 10) edge.refuse(message, "too_large");
      else edge.take(message);
    }
    expect([...edge.stored].sort((a, b) => a - b)).toEqual(minutes(1, 40));
  });

  test("that a frame is malformed leads to the one moment in it; after three times alone that is set aside, and said", () => {
    edge.record(180);
    edge.open();
    const poison = START + 60 * 30;
    for (let step = 0; step < 2000 && edge.engine.spool.moments > 0; step += 1) {
      const [message] = edge.inbox.splice(0, 1);
      if (!message) edge.wait(60);
      else if (message.type === "backlog" && edge.momentsOf(message).includes(poison))
        edge.refuse(message, "malformed");
      else edge.take(message);
    }
    expect(edge.engine.spool.moments).toBe(0);
    expect([...edge.stored].sort((a, b) => a - b)).toEqual(minutes(1, 180).filter((moment) => moment !== poison));
    expect(edge.warnings).toEqual([expect.stringMatching(/^segment \S+: record \d+\.30: /)]);
    const [aside = ""] = edge.disk.list().filter((name) => name.endsWith(".aside"));
    expect(readSegment(edge.disk.read(aside)).records.map(({ wall }) => wall)).toEqual([poison]);
  });

  test("that a moment was set aside holds for the next process, too: it neither sends nor counts it again", () => {
    edge.record(60);
    edge.cut();
    edge.open();
    const poison = START + 60 * 30;
    for (let step = 0; step < 2000 && edge.warnings.length === 0; step += 1) {
      const [message] = edge.inbox.splice(0, 1);
      if (!message) edge.wait(60);
      else if (edge.momentsOf(message).includes(poison)) edge.refuse(message, "malformed");
      else edge.take(message);
    }
    expect(edge.engine.ledger.bytes.droppedMoments).toBe(1);
    const next = new Edge(edge.disk.copy(), 2);
    const waiting = next.engine.spool.segments.flatMap(({ entries }) => entries.map(({ wall }) => wall));
    expect(waiting).toContain(START + 60 * 60);
    expect(waiting).not.toContain(poison);
    expect(next.engine.ledger.bytes.droppedMoments).toBe(0);
  });

  test("that all is malformed for a while costs nothing: larger frames are tried again", () => {
    edge.record(180);
    edge.open();
    for (let refused = 0; refused < 12; ) {
      const [message] = edge.inbox.splice(0, 1);
      if (!message) edge.wait(60);
      else if (message.type === "backlog") {
        edge.refuse(message, "malformed");
        refused += 1;
      } else edge.take(message);
    }
    let largest = 0;
    for (let step = 0; step < 2000 && edge.engine.spool.moments > 0; step += 1) {
      const [message] = edge.inbox.splice(0, 1);
      if (message?.type === "backlog") largest = Math.max(largest, edge.momentsOf(message).length);
      if (message) edge.take(message);
      else edge.wait(60);
    }
    expect([...edge.stored].sort((a, b) => a - b)).toEqual(expect.arrayContaining(minutes(1, 180)));
    expect(edge.warnings).toEqual([]);
    expect(largest).toBeGreaterThan(15);
  });

  test("that a live frame is malformed waits before it tries again", () => {
    edge.record();
    edge.open();
    edge.refuse(edge.next("live"), "malformed");
    expect(edge.inbox).toEqual([]);
    edge.wait(60);
    expect(edge.take(edge.next("live"))).toEqual([START + 60]);
  });

  test("with nonsense closes the line and keeps everything", () => {
    edge.record();
    edge.open();
    edge.engine.onBytes(Uint8Array.of(99, 1));
    expect(edge.isOpen).toBe(false);
    expect(edge.engine.spool.moments).toBe(1);
  });

  test("with silence gives the line up", () => {
    edge.record();
    edge.open();
    edge.wait(120);
    expect(edge.isOpen).toBe(false);
    expect(edge.engine.connectAtMs).not.toBeNull();
  });
});

describe("an engine that is refused", () => {
  test.each(["agent_revoked", "agent_unknown", "signature_invalid"])(
    "as %s keeps its data and asks again in an hour",
    (code) => {
      edge.record(3);
      edge.open();
      edge.engine.onText(JSON.stringify({ error: { code, message: "no" } }));
      expect(edge.isOpen).toBe(false);
      expect(edge.links.at(-1)?.[0]).toBe("refused");
      expect(((edge.engine.connectAtMs ?? 0) - edge.now) / 3_600_000).toBeCloseTo(1, 0);
      expect(edge.engine.spool.moments).toBe(3);
    },
  );

  test("by nobody at all waits longer each time, up to five minutes, by chance", () => {
    edge.random = 0.999;
    const waits = Array.from({ length: 12 }, () => {
      edge.cut();
      const wait = ((edge.engine.connectAtMs ?? 0) - edge.now) / 1000;
      edge.now += 1000 * wait;
      return Math.round(wait);
    });
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    edge.random = 0;
    edge.now += 1;
    edge.cut();
    expect(edge.engine.connectAtMs).toBe(edge.now);
  });

  test("right after each welcome does not come back every second", () => {
    edge.random = 0.999;
    for (let attempt = 0; attempt < 8; attempt += 1) {
      edge.now = edge.engine.connectAtMs ?? edge.now;
      edge.open();
      edge.cut();
    }
    expect((edge.engine.connectAtMs ?? 0) - edge.now).toBeGreaterThan(60_000);
  });
});

test("a report that was not acknowledged is sent again, with what changed since", () => {
  const agent = {
    version: "0.0.0",
    startedAt: new Date(0).toISOString(),
    intervalSeconds: 60,
    profile: "full" as const,
    spoolMoments: 0,
    spoolBytes: 0,
    thinnedMoments: 0,
    droppedMoments: 0,
    transport: "websocket" as const,
  };
  edge.open();
  edge.engine.setReport({ agent, facts: { hostname: { value: "edge" } } });
  edge.next("report");
  edge.cut();
  edge.engine.setReport({ agent: { ...agent, spoolMoments: 5 } });
  edge.open();
  const again = edge.next("report");
  const text = again.type === "report" ? inflateRawSync(again.payload).toString("utf8") : "";
  expect(JSON.parse(text)).toMatchObject({ agent: { spoolMoments: 5 }, facts: { hostname: { value: "edge" } } });
});
