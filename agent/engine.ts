import type { Block } from "@/contract/codec/block";
import type { Dictionary } from "@/contract/codec/layout";
import { decodeAnswer } from "@/contract/messages";
import { type AgentSettings, Challenge, GatewayWord, type Refusal, type Report, sessionText } from "@/contract/session";
import type { Disk } from "./disk";
import type { Clock, EdgeClock } from "./edge-clock";
import type { Connection } from "./session/connection";
import type { Inventory } from "./session/inventory";
import { Ledger } from "./session/ledger";
import { Outbox } from "./session/outbox";
import { refusedSeconds, retrySeconds } from "./session/retry";
import { newestEpochOf } from "./spool/segment-files";
import { Spool } from "./spool/spool";
import { withMoments } from "./spool/thin";

/** How the way to the gateway stands; only changes are told. */
export type LinkState = "online" | "retrying" | "waiting" | "refused";

export type EngineOptions = {
  keyId: string;
  epoch: number;
  version: string;
  bootId: string | null;
  disk: Disk;
  spoolBytesMax: number;
  clock: Clock;
  edgeClock: EdgeClock;
  random: () => number;
  /** Ed25519 over the text, base64url. */
  sign: (text: string) => string;
  hash: (text: string) => Uint8Array;
  deflate: (text: string) => Uint8Array;
  /** What is told of a cluster, by an agent that speaks for one. */
  inventory?: Inventory;
  onSettings: (settings: AgentSettings) => void;
  onLink: (state: LinkState, reason: string) => void;
  onWarning: (text: string) => void;
};

const REFUSED_SECONDS = 3600;
/** A person may approve at any time and waits at the screen. */
const WAITING_SECONDS = 10;
const WELCOME_MS_MAX = 30_000;
/** A session that lasts shorter counts as one more failure: a gateway that turns everybody away must not be stormed. */
const STABLE_MS = 30_000;

/**
 * The agent without its surroundings: keeps moments until they are acknowledged and speaks with the gateway. It has no
 * timers and no sockets: whoever drives it opens connections when `connectAtMs` says so, passes on what comes in, and
 * calls `tick` about once a second.
 */
export class AgentEngine {
  readonly #options: EngineOptions;
  readonly spool: Spool;
  readonly ledger = new Ledger();
  readonly #outbox: Outbox;
  #sequence = 0;
  #settings: AgentSettings;
  #connection: Connection | null = null;
  #isWelcome = false;
  #openedAtMs = 0;
  #failures = 0;
  #connectAtMs = 0;
  #linkState: LinkState | null = null;

  constructor(options: EngineOptions, settings: AgentSettings) {
    this.#options = options;
    this.#settings = settings;
    this.spool = new Spool({
      disk: options.disk,
      bytesMax: options.spoolBytesMax,
      onThinned: (moments) => {
        this.ledger.bytes.thinnedMoments += moments;
      },
      onDropped: (moments, reason) => {
        this.ledger.bytes.droppedMoments += moments;
        options.onWarning(reason);
      },
    });
    this.spool.open();
    this.#outbox = new Outbox({ ...options, spool: this.spool, ledger: this.ledger }, settings);
  }

  /** Largest epoch that lies in a spool, 0 in an empty one. */
  static newestEpoch(disk: Disk): number {
    return newestEpochOf(disk);
  }

  /** How often records come and when they are sent, as the profile has it. */
  setPace(pace: { intervalSeconds: number; batchSeconds: number }): void {
    this.#outbox.pace = pace;
  }

  get settings(): AgentSettings {
    return this.#settings;
  }
  get isOnline(): boolean {
    return this.#isWelcome;
  }
  get transport(): "websocket" | "http" {
    return this.#connection?.isStateless ? "http" : "websocket";
  }
  /** When a connection has to be opened, by the monotonic clock; null while there is one. */
  get connectAtMs(): number | null {
    return this.#connection ? null : this.#connectAtMs;
  }
  /** Sequence that the next record will have. */
  get nextSequence(): number {
    return this.#sequence + 1;
  }

  /** Keeps what was read at one moment; `stamp` is the edge clock's. It is on disk when this returns. */
  record(dictionary: Dictionary, block: Block, stamp: { generation: number; wall: number }): void {
    this.#sequence += 1;
    const { generation, wall } = stamp;
    const record = { sequence: this.#sequence, wall, block: withMoments(block, [wall]) };
    const head = { epoch: this.#options.epoch, generation, dictionary };
    const segment = this.spool.add(head, record, (candidate) => this.#outbox.isBusy(candidate));
    this.#outbox.noteRecord(segment, record);
    this.tick();
  }

  /** Says what changed rarely; sent once the gateway has taken what it belongs to, until it is acknowledged. */
  setReport(report: Report): void {
    this.#outbox.setReport(report);
    this.tick();
  }

  /** The connection is open; the gateway speaks first. */
  opened(connection: Connection): void {
    this.#connection = connection;
    this.#openedAtMs = this.#options.clock.monotonicMs();
    this.ledger.connected();
  }

  /** The connection is gone, or could not be opened. */
  closed(reason: string): void {
    const hadWelcome = this.#isWelcome;
    this.#connection = null;
    this.#isWelcome = false;
    this.#outbox.connection = null;
    const now = this.#options.clock.monotonicMs();
    if (this.#connectAtMs > now) return;
    const wasStable = hadWelcome && now - this.#openedAtMs >= STABLE_MS;
    this.#failures = wasStable ? 1 : this.#failures + 1;
    this.#connectAtMs = now + 1000 * retrySeconds(this.#failures, this.#options.random);
    this.#enter("retrying", reason);
  }

  /** A word of the gateway. */
  onText(text: string): void {
    this.ledger.received(text.length);
    let word: unknown;
    try {
      word = JSON.parse(text);
    } catch {
      this.#drop("found text that is no JSON");
      return;
    }
    const challenge = Challenge.safeParse(word);
    const said = GatewayWord.safeParse(word);
    if (challenge.success) this.#answerChallenge(challenge.data);
    else if (!said.success) return;
    else if ("error" in said.data) this.#onRefused(said.data.error);
    else if ("settings" in said.data) this.#adopt(said.data.settings);
    else this.#onWelcome(said.data.welcome);
  }

  onBytes(bytes: Uint8Array): void {
    this.ledger.received(bytes.length);
    try {
      const refusal = this.#outbox.onAnswer(decodeAnswer(bytes));
      if (refusal) this.#onRefused(refusal);
    } catch (error) {
      this.#drop(error instanceof Error ? error.message : "found an answer that is none");
    }
    this.tick();
  }

  /** Ends the connection; what is not acknowledged stays in the spool. */
  stop(): void {
    this.#hangUp();
  }

  /** Sends what is due. */
  tick(): void {
    const now = this.#options.clock.monotonicMs();
    if (!this.#connection) return;
    if (!this.#isWelcome) {
      if (now - this.#openedAtMs > WELCOME_MS_MAX) this.#drop("no welcome in time");
    } else if (this.#outbox.isAnswerOverdue(now)) this.#drop("no answer in time");
    else this.#outbox.send(now);
  }

  #onWelcome({ time, settings }: { time: string; settings: AgentSettings }): void {
    this.#options.edgeClock.contact(Date.parse(time));
    this.#isWelcome = true;
    this.#outbox.connection = this.#connection;
    this.#enter("online", "");
    this.#adopt(settings);
    this.tick();
  }

  #answerChallenge({ challenge }: Challenge): void {
    const { keyId, epoch, version, bootId, clock, sign } = this.#options;
    const time = new Date(clock.wallMs()).toISOString();
    const signature = sign(sessionText({ challenge, keyId, epoch, time }));
    const text = JSON.stringify({ hello: { keyId, epoch, version, bootId, time, signature } });
    this.ledger.sent("control", text.length);
    this.#connection?.sendText(text);
  }

  #adopt(settings: AgentSettings): void {
    this.#settings = settings;
    this.#options.onSettings(settings);
  }

  #onRefused({ code, message, retryAfterSeconds }: Refusal): void {
    this.ledger.bytes.refusals += 1;
    const { clock, random } = this.#options;
    const seconds =
      code === "agent_waiting"
        ? WAITING_SECONDS
        : code === "agent_revoked" || code === "agent_unknown" || code === "signature_invalid"
          ? REFUSED_SECONDS
          : null;
    if (seconds === null) {
      this.#failures += 1;
      const wait = refusedSeconds(retryAfterSeconds ?? 0, this.#failures, random);
      this.#connectAtMs = clock.monotonicMs() + 1000 * wait;
      this.#enter("retrying", message);
    } else {
      this.#connectAtMs = clock.monotonicMs() + 1000 * seconds * (0.9 + 0.2 * random());
      this.#enter(code === "agent_waiting" ? "waiting" : "refused", `${message} (${code})`);
    }
    this.#hangUp();
  }

  #drop(reason: string): void {
    this.#hangUp();
    this.closed(reason);
  }

  #hangUp(): void {
    const connection = this.#connection;
    this.#connection = null;
    this.#isWelcome = false;
    this.#outbox.connection = null;
    connection?.close();
  }

  #enter(state: LinkState, reason: string): void {
    if (state === this.#linkState) return;
    this.#linkState = state;
    this.#options.onLink(state, reason);
  }
}
