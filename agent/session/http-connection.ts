import type { AgentEngine } from "@/agent/engine";
import { describeFailure, type GatewayClient } from "@/agent/gateway-client";
import type { Signer } from "@/agent/sign";
import { decodeMessage, encodeAnswer, joinMessages } from "@/contract/messages";
import { MESSAGES_BYTES_MAX, MESSAGES_TYPE, MessagesAnswer } from "@/contract/session";
import { GATEWAY_PATHS } from "@/contract/telemetry";

export type HttpOptions = { client: Pick<GatewayClient, "post">; signer: Signer; epoch: number; engine: AgentEngine };

/**
 * The way where no WebSocket gets through: messages are gathered and posted, signed, one request at a time. To the
 * engine it is a connection without session state.
 */
export class HttpConnection {
  readonly isStateless = true;
  readonly #options: HttpOptions;
  #queue: Uint8Array[] = [];
  #isPosting = false;
  #isClosed = false;
  #requests = 0;
  #settings = "";

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /** An empty request first: it tells the time and the settings, or that nobody is there. */
  open(): void {
    this.#options.engine.opened(this);
    void this.#post([]).then(() => this.#flush());
  }

  /** There is nothing to say in text: every request proves who sends it. */
  sendText(): void {}

  sendBytes(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    if (!this.#isPosting) queueMicrotask(() => void this.#flush());
  }

  close(): void {
    this.#isClosed = true;
    this.#queue = [];
  }

  async #flush(): Promise<void> {
    if (this.#isPosting || this.#isClosed || this.#queue.length === 0) return;
    const part: Uint8Array[] = [];
    let bytes = 0;
    while (this.#queue[0] && bytes + this.#queue[0].length + 8 <= MESSAGES_BYTES_MAX) {
      const next = this.#queue.shift();
      if (!next) break;
      part.push(next);
      bytes += next.length + 8;
    }
    await this.#post(part);
    if (this.#queue.length > 0) await this.#flush();
  }

  async #post(messages: readonly Uint8Array[]): Promise<void> {
    const { client, signer, epoch, engine } = this.#options;
    this.#isPosting = true;
    this.#requests += 1;
    const path = GATEWAY_PATHS.push;
    const body = Buffer.from(joinMessages(messages));
    const sequence = `${epoch}.${this.#requests}`;
    try {
      const proof = signer.headersFor({ method: "POST", path, sequence, time: new Date(), body });
      const answer = await client.post({ path, body, headers: { ...proof, "content-type": MESSAGES_TYPE } });
      if (this.#isClosed) return;
      const taken = answer.status === 200 ? MessagesAnswer.safeParse(answer.body) : null;
      if (taken?.success) this.#take(taken.data);
      else if (answer.error) {
        const { code, message } = answer.error;
        // One message spoils a request only when nobody can tell which: each is then tried alone.
        const isOfBody = code === "malformed" || code === "too_large" || code === "wrong_type";
        if (isOfBody && messages.length > 0) this.#refuseAll(messages, code, message);
        else this.#say({ error: { code, message, retryAfterSeconds: answer.retryAfterSeconds ?? undefined } });
      } else this.#fail(`status ${answer.status} without a gateway's answer`);
    } catch (error) {
      if (!this.#isClosed) this.#fail(describeFailure(error));
    } finally {
      this.#isPosting = false;
    }
    engine.tick();
  }

  #take({ time, settings, results }: MessagesAnswer): void {
    const text = JSON.stringify(settings);
    if (this.#settings === "") this.#say({ welcome: { time, settings } });
    else if (text !== this.#settings) this.#say({ settings });
    this.#settings = text;
    for (const { id, verdict, message } of results) {
      this.#options.engine.onBytes(
        verdict === "stored"
          ? encodeAnswer({ type: "acknowledged", ids: [id] })
          : verdict === "need_dictionary"
            ? encodeAnswer({ type: "needDictionary", id })
            : encodeAnswer({
                type: "refused",
                id,
                text: JSON.stringify({ code: verdict, message: message ?? verdict }),
              }),
      );
    }
  }

  #refuseAll(messages: readonly Uint8Array[], code: string, message: string): void {
    for (const bytes of messages) {
      const { id } = decodeMessage(bytes);
      this.#options.engine.onBytes(encodeAnswer({ type: "refused", id, text: JSON.stringify({ code, message }) }));
    }
  }

  #say(word: unknown): void {
    this.#options.engine.onText(JSON.stringify(word));
  }

  #fail(reason: string): void {
    this.#isClosed = true;
    this.#options.engine.closed(reason);
  }
}
