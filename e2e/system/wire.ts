import { connect, createServer, type Server, type Socket } from "node:net";
import { Lane, type LaneCount, packetHeaderBytes, Way, type WireShape } from "./wire-lane";

export type WireCount = {
  /** Bytes of the TCP stream, so with the framing of HTTP, WebSocket and TLS, but without TCP's and IP's own. */
  upBytes: number;
  downBytes: number;
  /** Headers of the packets that carried them (40 bytes each), and of one acknowledgement for every two. */
  packetHeaderBytes: number;
  connections: number;
};

/**
 * A wire that can be made bad: it carries bytes between programs on this machine as a thin, slow or breaking link
 * would. Up is from who connects to who listens.
 */
export type Wire = {
  port: number;
  url: string;
  /** Changes rate, latency or jitter from now on. */
  shape(change: Partial<WireShape>): void;
  count(): WireCount;
  /** Nothing moves on any connection for so long; nothing is lost. */
  stall(milliseconds: number): void;
  /** Breaks all connections with a reset, as a modem does that lost its carrier. Gives how many there were. */
  reset(): number;
  /** The next connection that carries so many bytes upwards is reset there: in the middle of a body. */
  resetAfter(upBytes: number): void;
  /** The next connection that carries so many bytes upwards is closed there, politely. */
  cutAfter(upBytes: number): void;
  /** All connections of now stay open and carry nothing any more, either way; new ones work. */
  halfOpen(): void;
  /** While true, who connects is reset at once. */
  refuse(isRefusing: boolean): void;
  /** So many answers are to be lost: the request arrives, the connection breaks before its answer. */
  loseAnswers(count: number): void;
  /** How many were lost so far. */
  lostAnswers(): number;
  /** HTTP answers so far by their status. */
  statuses(): Record<string, number>;
  close(): Promise<void>;
};

/** Starts a wire to a port on this machine. @param random from 0 to 1, for the jitter; seeded where a run is replayed */
export async function startWire(
  targetPort: number | (() => number),
  initial: Partial<WireShape> = {},
  random: () => number = Math.random,
): Promise<Wire> {
  const shape: WireShape = { bitsPerSecond: null, latencyMilliseconds: 0, jitterMilliseconds: 0, ...initial };
  const up = new Lane(shape, random);
  const down = new Lane(shape, random);
  const open = new Set<{ near: Socket; far: Socket; ways: Way[] }>();
  let connections = 0;
  let isRefusing = false;
  let toLose = 0;
  let lost = 0;
  const statuses = new Map<string, number>();
  let breakAfter: { bytes: number; how: "reset" | "cut" } | null = null;

  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    if (isRefusing) {
      near.on("error", () => {});
      near.resetAndDestroy();
      return;
    }
    connections += 1;
    const far = connect({
      port: typeof targetPort === "number" ? targetPort : targetPort(),
      host: "127.0.0.1",
      allowHalfOpen: true,
      noDelay: true,
    });
    const connection = { near, far, ways: [] as Way[] };
    open.add(connection);
    for (const socket of [near, far]) {
      socket.on("error", () => {});
      socket.on("close", () => {
        open.delete(connection);
        const isHalfOpen = connection.ways.some((way) => !way.isCarrying);
        if (isHalfOpen) return;
        near.destroy();
        far.destroy();
      });
    }
    const toFar = new Way(up, near, far, (bytes) => {
      if (!breakAfter || toFar.carried + bytes.length < breakAfter.bytes) return true;
      const { bytes: limit, how } = breakAfter;
      breakAfter = null;
      far.write(bytes.subarray(0, Math.max(0, limit - toFar.carried)), () => breakUp(connection, how));
      return false;
    });
    const toNear = new Way(down, far, near, (bytes) => {
      const status = /^HTTP\/1\.1 (\d{3})/.exec(bytes.subarray(0, 12).toString("latin1"))?.[1];
      if (status) statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (toLose === 0 || !isAnswer(bytes)) return true;
      toLose -= 1;
      lost += 1;
      breakUp(connection, "reset");
      return false;
    });
    connection.ways.push(toFar, toNear);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("the wire has no port");
  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}`,
    shape: (change) => void Object.assign(shape, change),
    count: () => ({
      upBytes: up.count.bytes,
      downBytes: down.count.bytes,
      packetHeaderBytes: headerBytes(up.count, down.count),
      connections,
    }),
    stall: (milliseconds) => {
      for (const lane of [up, down]) lane.stalledUntil = Math.max(lane.stalledUntil, Date.now() + milliseconds);
    },
    reset: () => {
      const all = [...open];
      for (const connection of all) breakUp(connection, "reset");
      return all.length;
    },
    resetAfter: (bytes) => {
      breakAfter = { bytes, how: "reset" };
    },
    cutAfter: (bytes) => {
      breakAfter = { bytes, how: "cut" };
    },
    halfOpen: () => {
      for (const { ways } of open) for (const way of ways) way.isCarrying = false;
    },
    refuse: (value) => {
      isRefusing = value;
    },
    loseAnswers: (count) => {
      toLose = count;
    },
    lostAnswers: () => lost,
    statuses: () => Object.fromEntries(statuses),
    close: () =>
      new Promise((resolve) => {
        for (const { near, far } of open) {
          near.destroy();
          far.destroy();
        }
        server.close(() => resolve());
      }),
  };
}

function breakUp({ near, far }: { near: Socket; far: Socket }, how: "reset" | "cut"): void {
  for (const socket of [near, far]) {
    if (how === "reset") socket.resetAndDestroy();
    else socket.end(() => socket.destroy());
  }
}

/** A delayed acknowledgement goes out for every second packet (RFC 9293, section 3.8.6.3). */
function headerBytes(up: LaneCount, down: LaneCount): number {
  return Math.ceil(1.5 * (packetHeaderBytes(up) + packetHeaderBytes(down)));
}

/**
 * A binary message of the gateway over WebSocket (RFC 6455, section 5.2: final binary frame), or a good HTTP answer.
 * What comes before (the upgrade, the challenge, the welcome) acknowledges nothing.
 */
function isAnswer(bytes: Buffer): boolean {
  return bytes[0] === 0x82 || /^HTTP\/1\.1 2/.test(bytes.subarray(0, 10).toString("latin1"));
}
