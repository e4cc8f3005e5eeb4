import { retryAfterSeconds } from "./answer";

export type AdmissionLimits = {
  connectionsMax: number;
  /** Connections whose agent has not proven itself yet: each of them costs a signature and a question to the database. */
  handshakesMax: number;
  /** Requests in work at once. */
  requestsMax: number;
  /** Bytes a second that one organisation may send in messages, and how many seconds of it at once. */
  organisationBytesPerSecond: number;
  burstSeconds: number;
};

export const ADMISSION_LIMITS: AdmissionLimits = {
  connectionsMax: 60_000,
  handshakesMax: 500,
  requestsMax: 256,
  organisationBytesPerSecond: 16 * 1024 * 1024,
  burstSeconds: 5,
};

/** What a message costs beyond its bytes: small ones are not for nothing. */
const MESSAGE_OVERHEAD_BYTES = 128;
/** Refusals are counted over so many seconds, to tell those who come in vain when it is worth coming again. */
const WINDOW_MS = 10_000;
const SPREAD_SECONDS_MAX = 600;

type Bucket = { bytes: number; at: number };

/** Says no before anything is read, cheaply: who is let in is served well. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #buckets = new Map<string, Bucket>();
  #connections = 0;
  #handshakes = 0;
  #requests = 0;
  #isClosed = false;
  #window = { at: 0, admitted: 0, refused: 0 };

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** From now on nobody new is let in. */
  close(): void {
    this.#isClosed = true;
  }

  /** A connection that wants to become a session. @returns null when it may, else seconds after which it may come again */
  enterConnection(): number | null {
    const { connectionsMax, handshakesMax } = this.#limits;
    if (this.#isClosed || this.#connections >= connectionsMax || this.#handshakes >= handshakesMax) {
      return this.#refuse();
    }
    this.#connections += 1;
    this.#handshakes += 1;
    this.#count().admitted += 1;
    return null;
  }

  /** The agent behind a connection has proven itself, or will not. */
  endHandshake(): void {
    this.#handshakes -= 1;
  }

  leaveConnection(): void {
    this.#connections -= 1;
  }

  /** A request with a body. @returns as `enterConnection` */
  enterRequest(): number | null {
    if (this.#isClosed || this.#requests >= this.#limits.requestsMax) return this.#refuse();
    this.#requests += 1;
    this.#count().admitted += 1;
    return null;
  }

  leaveRequest(): void {
    this.#requests -= 1;
  }

  /** Charges an organisation for a message. @returns null when it may come in, else seconds to wait */
  charge(orgId: string, bytes: number, now = performance.now()): number | null {
    const { organisationBytesPerSecond: rate, burstSeconds } = this.#limits;
    let bucket = this.#buckets.get(orgId);
    if (!bucket) {
      bucket = { bytes: rate * burstSeconds, at: now };
      this.#buckets.set(orgId, bucket);
    }
    bucket.bytes = Math.min(rate * burstSeconds, bucket.bytes + ((now - bucket.at) / 1000) * rate);
    bucket.at = now;
    if (bucket.bytes <= 0) return retryAfterSeconds();
    bucket.bytes -= bytes + MESSAGE_OVERHEAD_BYTES;
    return null;
  }

  /** Spread over the time that it takes to let in all who came in vain. */
  #refuse(): number {
    const window = this.#count();
    window.refused += 1;
    const admittedPerSecond = Math.max(1, (1000 * window.admitted) / WINDOW_MS);
    return retryAfterSeconds(Math.min(SPREAD_SECONDS_MAX, Math.max(25, window.refused / admittedPerSecond)));
  }

  #count(): { admitted: number; refused: number } {
    const now = performance.now();
    if (now - this.#window.at > WINDOW_MS) this.#window = { at: now, admitted: 0, refused: 0 };
    return this.#window;
  }
}
