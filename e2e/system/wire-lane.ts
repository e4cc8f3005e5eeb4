import type { Socket } from "node:net";

/** How a way through the wire behaves; one such shape for both directions. */
export type WireShape = {
  /** Null: as fast as the machine. The rate is shared by all connections of the wire, for each direction by itself. */
  bitsPerSecond: number | null;
  /** One way. */
  latencyMilliseconds: number;
  /** Added to the latency, evenly from 0 to this; the order of the bytes stays. */
  jitterMilliseconds: number;
};

/** What an IP packet carries at most on a thin link, so that a large write does not go over in one jump. */
const SEGMENT_BYTES = 1_400;
/** So much waits in a modem; beyond that the sender is made to wait. */
const WAITING_BYTES_MAX = 16 * 1024;
/** Headers of IP and TCP of one packet, without options. */
const HEADER_BYTES = 40;

/** Bytes and packets that went one way. Packets are counted as a thin link would cut them. */
export type LaneCount = { bytes: number; packets: number };

export const packetHeaderBytes = (count: LaneCount): number => count.packets * HEADER_BYTES;

/** What all connections of one direction share: the rate, and the moment until which nothing moves. */
export class Lane {
  readonly count: LaneCount = { bytes: 0, packets: 0 };
  stalledUntil = 0;
  #freeAt = 0;

  constructor(
    readonly shape: WireShape,
    readonly random: () => number,
  ) {}

  /** When a packet that is handed over now comes out at the other end. */
  arrivalOf(bytes: number, now: number): number {
    const begins = Math.max(now, this.#freeAt, this.stalledUntil);
    const { bitsPerSecond, latencyMilliseconds, jitterMilliseconds } = this.shape;
    this.#freeAt = begins + (bitsPerSecond === null ? 0 : ((bytes + HEADER_BYTES) * 8_000) / bitsPerSecond);
    return this.#freeAt + latencyMilliseconds + this.random() * jitterMilliseconds;
  }

  get isShaped(): boolean {
    const { bitsPerSecond, latencyMilliseconds, jitterMilliseconds } = this.shape;
    return bitsPerSecond !== null || latencyMilliseconds > 0 || jitterMilliseconds > 0;
  }
}

type Waiting = { bytes: Buffer; at: number };

/** One direction of one connection: takes bytes from `from`, hands them to `to` when the lane says so. */
export class Way {
  /** False: bytes are swallowed, the connection looks alive (a half-open connection). */
  isCarrying = true;
  /** Bytes that came out at the other end. */
  carried = 0;
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #lastArrival = 0;
  #timer: NodeJS.Timeout | null = null;
  #hasEnded = false;

  /** @param judge looks at each packet before it is handed over; false: it is not, because the connection broke */
  constructor(
    readonly lane: Lane,
    readonly from: Socket,
    readonly to: Socket,
    readonly judge: (bytes: Buffer) => boolean,
  ) {
    from.on("data", (bytes: Buffer) => this.#take(bytes));
    from.on("end", () => {
      this.#hasEnded = true;
      this.#handOver();
    });
    from.on("close", () => {
      if (this.#timer) clearTimeout(this.#timer);
    });
    to.on("drain", () => from.resume());
  }

  #take(bytes: Buffer): void {
    if (!this.isCarrying) return;
    const isDirect = !this.lane.isShaped && this.lane.stalledUntil <= Date.now() && this.#waiting.length === 0;
    if (isDirect) {
      this.#pass(bytes);
      return;
    }
    for (let begin = 0; begin < bytes.length; begin += SEGMENT_BYTES) {
      const part = bytes.subarray(begin, begin + SEGMENT_BYTES);
      const at = Math.max(this.#lastArrival, this.lane.arrivalOf(part.length, Date.now()));
      this.#lastArrival = at;
      this.#waiting.push({ bytes: part, at });
      this.#waitingBytes += part.length;
    }
    if (this.#waitingBytes > WAITING_BYTES_MAX) this.from.pause();
    this.#handOver();
  }

  /** Hands over what is due and sets the clock for the rest. */
  #handOver(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    for (;;) {
      const [next] = this.#waiting;
      if (!next) break;
      const due = Math.max(next.at, this.lane.stalledUntil);
      const wait = due - Date.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#handOver(), wait);
        return;
      }
      this.#waiting.shift();
      this.#waitingBytes -= next.bytes.length;
      if (this.isCarrying && !this.#pass(next.bytes)) return;
    }
    if (this.#waitingBytes <= WAITING_BYTES_MAX / 2) this.from.resume();
    if (this.#hasEnded && this.isCarrying) this.to.end();
  }

  #pass(bytes: Buffer): boolean {
    if (!this.judge(bytes)) return false;
    this.carried += bytes.length;
    this.lane.count.bytes += bytes.length;
    this.lane.count.packets += Math.ceil(bytes.length / SEGMENT_BYTES);
    if (this.to.writable && !this.to.write(bytes)) this.from.pause();
    return true;
  }
}
