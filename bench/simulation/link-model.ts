import type { Random } from "@/bench/data/random";
import type { GatewayEar, GatewayModel } from "./gateway-model";
import type { VirtualTime } from "./virtual-time";

/** What the agent hears from its end of a connection. */
export type AgentEar = {
  text(text: string): void;
  bytes(bytes: Uint8Array): void;
  /** Once; never for a connection that is half open. */
  closed(reason: string): void;
};

/** The agent's end of an open connection. */
export type AgentEnd = { text(text: string): void; bytes(bytes: Uint8Array): void; close(): void };

export type LinkState = {
  /** False: nobody gets through, and open connections are silent. */
  isUp: boolean;
  /** One way, the mean; jitter of half of it comes on top. */
  latencyMilliseconds: number;
};

/** A connection that fails to open is noticed after so long at most. */
const CONNECT_MILLISECONDS_MAX = 20_000;

/**
 * The way between an agent and the gateway's model: it delays, breaks, goes silent and loses answers; it never
 * changes or repeats bytes, because TCP does not.
 */
export class LinkModel {
  readonly state: LinkState = { isUp: true, latencyMilliseconds: 50 };
  readonly #open = new Set<Connection>();
  #answersToLose = 0;
  connects = 0;
  bytesUp = 0;

  constructor(
    readonly time: VirtualTime,
    readonly random: Random,
    readonly gateway: () => GatewayModel | null,
  ) {}

  /** Opens a connection. @throws Error when the gateway or the link is away */
  async connect(ear: AgentEar): Promise<AgentEnd> {
    this.connects += 1;
    const isSilent = !this.state.isUp;
    await this.time.sleep(isSilent ? CONNECT_MILLISECONDS_MAX : 2 * this.delay());
    const gateway = this.gateway();
    if (!this.state.isUp) throw new Error("connect ETIMEDOUT");
    if (!gateway) throw new Error("connect ECONNREFUSED");
    const connection = new Connection(this, ear, () => this.#open.delete(connection));
    this.#open.add(connection);
    connection.attach(gateway);
    return connection;
  }

  /** Breaks every open connection; both ends learn of it. */
  breakAll(): void {
    for (const connection of [...this.#open]) connection.break("read ECONNRESET");
  }

  /** Open connections stay open and carry nothing any more. */
  halfOpen(): void {
    for (const connection of this.#open) connection.isSilent = true;
  }

  /** The next answers are lost: what they answer was done, and the connection breaks. */
  loseAnswers(count: number): void {
    this.#answersToLose = count;
  }

  takeAnswerLoss(): boolean {
    if (this.#answersToLose === 0) return false;
    this.#answersToLose -= 1;
    return true;
  }

  delay(): number {
    return this.state.latencyMilliseconds * (1 + this.random.next() / 2);
  }
}

class Connection implements AgentEnd {
  isSilent = false;
  #isOpen = true;
  #lastUp = 0;
  #lastDown = 0;
  #gatewayEar: GatewayEar | null = null;

  constructor(
    readonly link: LinkModel,
    readonly agentEar: AgentEar,
    readonly onGone: () => void,
  ) {}

  attach(gateway: GatewayModel): void {
    this.#gatewayEar = gateway.open({
      text: (text) => this.#down(() => this.agentEar.text(text)),
      bytes: (bytes) => {
        if (this.link.takeAnswerLoss()) this.break("read ECONNRESET");
        else this.#down(() => this.agentEar.bytes(bytes));
      },
      close: () => this.#down(() => this.break("the gateway closed the connection")),
    });
  }

  text(text: string): void {
    this.#up(() => this.#gatewayEar?.text(text));
  }

  bytes(bytes: Uint8Array): void {
    this.link.bytesUp += bytes.length;
    this.#up(() => this.#gatewayEar?.bytes(bytes));
  }

  /** By the agent: it does not hear of it again. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.onGone();
    this.link.time.after(this.link.delay(), () => this.#gatewayEar?.closed());
  }

  break(reason: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.onGone();
    this.#gatewayEar?.closed();
    this.agentEar.closed(reason);
  }

  /** Bytes of one direction keep their order. */
  #up(deliver: () => void): void {
    if (!this.#isOpen) return;
    this.#lastUp = Math.max(this.#lastUp, this.link.time.now + this.link.delay());
    this.#deliverAt(this.#lastUp, deliver);
  }

  #down(deliver: () => void): void {
    if (!this.#isOpen) return;
    this.#lastDown = Math.max(this.#lastDown, this.link.time.now + this.link.delay());
    this.#deliverAt(this.#lastDown, deliver);
  }

  /** What a link that is down swallowed never comes, so nothing behind it may either: the connection is dead. */
  #deliverAt(moment: number, deliver: () => void): void {
    this.link.time.after(moment - this.link.time.now, () => {
      if (!this.link.state.isUp) this.isSilent = true;
      if (this.#isOpen && !this.isSilent) deliver();
    });
  }
}
