import type { Logger } from "pino";
import type { WebSocket } from "ws";
import { decodeFrame, SessionState } from "@/contract/codec/frame";
import { type AgentMessage, decodeMessage, encodeAnswer, type GatewayAnswer } from "@/contract/messages";
import type { AgentSettings, GatewayWord, Refusal } from "@/contract/session";
import type { AgentLink, LinkedDictionary } from "@/server/telemetry/agent-link";
import { laterVerdict, type Source, type Verdict } from "@/server/telemetry/commit-queue";
import { STATUS_OF } from "./answer";
import { decoding, MessageError, type MessageIntake, type Sender } from "./message-intake";

/** Close codes of a WebSocket from 4000 on are ours: this, plus the status that the same refusal has over HTTP. */
const CLOSE_CODE_BASE = 4000;
/** A receiver that lets so much pile up does not read. */
const UNREAD_BYTES_MAX = 256 * 1024;

type LiveMessage = AgentMessage & { type: "live" };
type LiveState = { state: SessionState; dictionary: LinkedDictionary };

/** What an agent says over one connection, once it has proven who it is. */
export class Session implements Source {
  readonly link: AgentLink;
  /** Of the agent's process. */
  readonly epoch: number;
  readonly bootId: string | null;
  /** By `performance.now()`. */
  heardAt = performance.now();
  notedAt = performance.now();
  isPinged = false;
  readonly #socket: WebSocket;
  readonly #intake: MessageIntake;
  readonly #log: Logger;
  #settings = "";
  #acknowledged: number[] = [];
  /** What both ends know of the live frames so far; null after anything that the agent may have seen differently. */
  #live: LiveState | null = null;
  #liveId = -1;
  #isLeaving = false;

  constructor(
    socket: WebSocket,
    agent: { link: AgentLink; epoch: number; bootId: string | null },
    parts: { intake: MessageIntake; log: Logger },
  ) {
    this.#socket = socket;
    this.link = agent.link;
    this.epoch = agent.epoch;
    this.bootId = agent.bootId;
    this.#intake = parts.intake;
    this.#log = parts.log;
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      this.hear();
      // Text has no meaning after the hello; a newer agent's is ignored.
      if (isBinary && !this.#isLeaving) this.#take(data);
    });
    socket.on("pong", () => this.hear());
  }

  hear(): void {
    this.heardAt = performance.now();
    this.isPinged = false;
  }

  welcome(settings: AgentSettings): void {
    this.#settings = JSON.stringify(settings);
    this.#say({ welcome: { time: new Date().toISOString(), settings } });
  }

  /** Tells settings that differ from those that the agent has. */
  tell(settings: AgentSettings): void {
    const text = JSON.stringify(settings);
    if (text === this.#settings) return;
    this.#settings = text;
    this.#say({ settings });
  }

  ping(): void {
    this.isPinged = true;
    this.#socket.ping();
  }

  /** The other end does not answer any more. */
  terminate(): void {
    this.#socket.terminate();
  }

  /** Says why and ends the connection. */
  refuse(error: Refusal): void {
    this.#say({ error });
    this.#socket.close(CLOSE_CODE_BASE + STATUS_OF[error.code], error.code);
  }

  /** Ends the connection; the agent comes again at once, here or at another gateway. */
  leave(code: number, reason: string): void {
    this.#acknowledge();
    this.#isLeaving = true;
    // The other end's goodbye has to be read, but nothing else.
    this.#socket.resume();
    this.#socket.close(code, reason);
  }

  /** Takes nothing more; verdicts still go out. */
  pause(): void {
    this.#socket.pause();
  }

  settle(id: number, verdict: Verdict): void {
    if (verdict === "stored") {
      this.#acknowledged.push(id);
      // All that one commit stored of this agent is one message.
      if (this.#acknowledged.length === 1) queueMicrotask(() => this.#acknowledge());
      return;
    }
    if (id === this.#liveId) this.#live = null;
    this.#send({ type: "refused", id, text: JSON.stringify(verdict) });
    if (verdict.code === "agent_revoked") this.refuse(verdict);
  }

  #acknowledge(): void {
    if (this.#acknowledged.length === 0) return;
    this.#send({ type: "acknowledged", ids: this.#acknowledged });
    this.#acknowledged = [];
  }

  #take(bytes: Buffer): void {
    let id = 0;
    try {
      id = messageId(bytes);
      this.#intake.admit(this.link, bytes.length);
      const message = decoding(() => decodeMessage(bytes));
      const sender = { link: this.link, source: this, id, receivedAt: new Date() };
      const pending = this.#dispatch(sender, message);
      if (pending) pending.catch((error: unknown) => this.#fail(id, error));
    } catch (error) {
      this.#fail(id, error);
    }
  }

  /** @returns a promise where something has to be looked up first */
  #dispatch(sender: Sender, message: AgentMessage): Promise<void> | null {
    switch (message.type) {
      case "dictionary":
        this.#intake.takeDictionary(sender, message.payload, { epoch: this.epoch, sequence: 0, flags: 0 });
        return null;
      case "report":
        this.#intake.takeReport(sender, message.payload, { epoch: this.epoch, sequence: message.sequence });
        return null;
      case "inventory":
        this.#intake.takeInventory(sender, message, this.epoch);
        return null;
      case "backlog":
        return this.#withDictionary(sender.id, message.hash, (dictionary) =>
          this.#intake.takeBacklog(sender, message, dictionary),
        );
      case "live":
        if (!message.hash) {
          if (this.#live) this.#takeLive(sender, message, this.#live);
          else this.#send({ type: "needKey", id: sender.id });
          return null;
        }
        return this.#withDictionary(sender.id, message.hash, (dictionary) => {
          this.#live = { state: new SessionState(dictionary.layout), dictionary };
          this.#takeLive(sender, message, this.#live);
        });
    }
  }

  #withDictionary(id: number, hash: Uint8Array, take: (dictionary: LinkedDictionary) => void): Promise<void> | null {
    const found = this.#intake.findDictionary(this.link, hash);
    const go = (dictionary: LinkedDictionary | null) => {
      if (dictionary) take(dictionary);
      else this.#send({ type: "needDictionary", id });
    };
    if (found instanceof Promise) return found.then(go);
    go(found);
    return null;
  }

  #takeLive(sender: Sender, message: LiveMessage, live: LiveState): void {
    this.#liveId = sender.id;
    // A frame that cannot be read spoils the state: until the next key frame there is none.
    this.#live = null;
    const block = decoding(() => decodeFrame(live.dictionary.layout, message.frame, live.state));
    this.#live = live;
    this.#intake.takeBlock(sender, live.dictionary, block, {
      epoch: this.epoch,
      sequence: message.sequence,
      flags: 0,
    });
  }

  #fail(id: number, error: unknown): void {
    const isExpected = error instanceof MessageError;
    if (!isExpected) this.#log.error({ err: error, agent: this.link.agentId }, "a message could not be taken");
    this.settle(id, isExpected ? error.verdict : laterVerdict("This could not be taken; try again"));
  }

  #say(word: GatewayWord): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(word));
  }

  #send(answer: GatewayAnswer): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > UNREAD_BYTES_MAX) this.#socket.terminate();
    else this.#socket.send(encodeAnswer(answer));
  }
}

/** The id of any message, also of one of a type that is not known here; 0 when there is none. */
function messageId(bytes: Uint8Array): number {
  let id = 0;
  let power = 1;
  for (let at = 1; at < Math.min(bytes.length, 9); at += 1) {
    const byte = bytes[at] ?? 0;
    id += (byte % 128) * power;
    if (byte < 128) return Number.isSafeInteger(id) ? id : 0;
    power *= 128;
  }
  return 0;
}
