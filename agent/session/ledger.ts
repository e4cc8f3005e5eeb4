import type { AgentMessage } from "@/contract/messages";

/** Bytes that went over the link, by what they were for; counts from the start of the process. */
export type LedgerBytes = {
  live: number;
  backlog: number;
  report: number;
  control: number;
  framingSent: number;
  framingReceived: number;
  controlReceived: number;
  connects: number;
  refusals: number;
  samples: number;
  thinnedMoments: number;
  droppedMoments: number;
};

export type LedgerPurpose = "live" | "backlog" | "report" | "control";

/** What the messages of each type are for. */
export const PURPOSES = {
  dictionary: "control",
  live: "live",
  backlog: "backlog",
  report: "report",
  inventory: "report",
} as const satisfies Record<AgentMessage["type"], LedgerPurpose>;

/**
 * WebSocket framing as sent (RFC 6455, section 5.2: 2 bytes up to 125, 4 up to 65,535, then 10; 4 of mask from the
 * client) and what carries it: TLS 1.3 record (5 + 16 + 1, RFC 8446, section 5.2) and IP + TCP headers of one segment
 * (20 + 20). Retransmissions are not seen from here.
 */
const SEGMENT_BYTES = 22 + 40;
const framingOf = (length: number): number => (length < 126 ? 2 : length < 65_536 ? 4 : 10) + SEGMENT_BYTES;
const MASK_BYTES = 4;
/** TCP and TLS 1.3 handshake with the upgrade, both ways: 3.3 kB measured with a chain of two ECDSA certificates. */
const CONNECT_SENT_BYTES = 1000;
const CONNECT_RECEIVED_BYTES = 2300;

/** What the link of this agent was used for. */
export class Ledger {
  readonly bytes: LedgerBytes = {
    live: 0,
    backlog: 0,
    report: 0,
    control: 0,
    framingSent: 0,
    framingReceived: 0,
    controlReceived: 0,
    connects: 0,
    refusals: 0,
    samples: 0,
    thinnedMoments: 0,
    droppedMoments: 0,
  };

  sent(purpose: LedgerPurpose, length: number): void {
    this.bytes[purpose] += length;
    this.bytes.framingSent += framingOf(length) + MASK_BYTES;
  }

  received(length: number): void {
    this.bytes.controlReceived += length;
    this.bytes.framingReceived += framingOf(length);
  }

  connected(): void {
    this.bytes.connects += 1;
    this.bytes.framingSent += CONNECT_SENT_BYTES;
    this.bytes.framingReceived += CONNECT_RECEIVED_BYTES;
  }

  /** Everything, both ways. */
  get total(): number {
    const { live, backlog, report, control, framingSent, framingReceived, controlReceived } = this.bytes;
    return live + backlog + report + control + framingSent + framingReceived + controlReceived;
  }
}
