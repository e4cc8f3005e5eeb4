import type { Segment } from "@/agent/spool/segment-files";
import type { SessionState } from "@/contract/codec/frame";
import type { Report } from "@/contract/session";

/** A message without an answer for so long, and the time that its bytes take on a thin link: the connection is dead. */
const ANSWER_MS_MAX = 30_000;
const MS_PER_BYTE = 1;

/** A message that is not answered yet. */
export type Flight = {
  kind: "live" | "backlog" | "report" | "inventory";
  sentAtMs: number;
  bytes: number;
  segment: Segment | null;
  sequences: ReadonlySet<number>;
  /** Session state to go on from once this is acknowledged. */
  state: SessionState | null;
  report: Report | null;
};

/** What is under way over one connection. */
export class Flights {
  readonly #flights = new Map<number, Flight>();

  add(id: number, flight: Flight): void {
    this.#flights.set(id, flight);
  }

  /** The message that an answer is for; it is not under way any more. */
  take(id: number): Flight | null {
    const flight = this.#flights.get(id) ?? null;
    this.#flights.delete(id);
    return flight;
  }

  count(kind: Flight["kind"]): number {
    let count = 0;
    for (const flight of this.#flights.values()) if (flight.kind === kind) count += 1;
    return count;
  }

  isOf(segment: Segment): boolean {
    for (const flight of this.#flights.values()) if (flight.segment === segment) return true;
    return false;
  }

  /** True while the connection owes an answer for longer than its messages may take. */
  isOverdue(nowMs: number): boolean {
    const flights = [...this.#flights.values()];
    const bytes = flights.reduce((total, flight) => total + flight.bytes, 0);
    return flights.some(({ sentAtMs }) => nowMs - sentAtMs > ANSWER_MS_MAX + MS_PER_BYTE * bytes);
  }

  /** Forgets all, with the reports that nobody answered. */
  clear(): Report[] {
    const reports = [...this.#flights.values()].flatMap(({ report }) => report ?? []);
    this.#flights.clear();
    return reports;
  }
}
