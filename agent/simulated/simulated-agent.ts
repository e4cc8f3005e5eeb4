import { deflateRawSync } from "node:zlib";
import { encodeFrame, SessionState } from "@/contract/codec/frame";
import { createLayout, type Layout } from "@/contract/codec/layout";
import type { GatewayAnswer } from "@/contract/messages";
import { Refusal, type Report } from "@/contract/session";
import { backlogOf } from "./backlog";
import { clusterItems } from "./cluster-items";
import { clusterSamples } from "./cluster-samples";
import type { Speaker } from "./fleet-agent";
import type { AgentPlan, ClusterPlan } from "./fleet-plan";
import { machineDescriptions, machineFacts, machineSamples } from "./machine-samples";
import { blockOf, type Sample } from "./sample";
import { dictionaryHash, dictionaryPayload, SessionClient } from "./session-client";
import { changedInventory, confirmedInventory, wholeInventory } from "./told-inventory";

/** The gateway did not take something, or the way to it broke. */
export class TellingFailed extends Error {
  override readonly name = "TellingFailed";
  constructor(
    message: string,
    /** As the gateway asked for. */
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}

type Way = { gatewayUrl: string; epoch: number; startedAt: Date };

/** What changed in a cluster is looked at so often. */
const INVENTORY_SECONDS = 300;
/** A frame stays far below the gateway's limit. */
const VALUES_MAX = 50_000;

/** What an agent reads at a moment. */
export const samplesOf = (plan: AgentPlan, at: number, spanSeconds: number): Sample[] =>
  plan.kind === "cluster" ? clusterSamples(plan, at, spanSeconds) : machineSamples(plan, at, spanSeconds);

/**
 * An agent of the simulated fleet: the real messages over a real session, with readings that follow from the clock. It
 * keeps nothing of what it read; what it missed to tell while it was away it reads once more.
 */
export class SimulatedAgent {
  readonly plan: AgentPlan;
  readonly #speaker: Speaker;
  readonly #way: Way;
  readonly #layout: Layout;
  #client: SessionClient | null = null;
  #closed: Promise<null> = Promise.resolve(null);
  #state: SessionState | null = null;
  /** When what is known of the cluster was told; null before it was in this session. */
  #toldAt: number | null = null;
  #storedUntil: number;

  /** @param storedUntil seconds since 1970 of the newest moment that the gateway has */
  constructor(plan: AgentPlan, speaker: Speaker, way: Way, storedUntil: number) {
    this.plan = plan;
    this.#speaker = speaker;
    this.#way = way;
    this.#storedUntil = storedUntil;
    this.#layout = createLayout(samplesOf(plan, storedUntil, 60).map(({ kind, key }) => ({ kind, key })));
  }

  get isConnected(): boolean {
    return this.#client !== null;
  }

  /** Newest moment that the gateway has, seconds since 1970. */
  get storedUntil(): number {
    return this.#storedUntil;
  }

  /** The link is cut. */
  close(): void {
    this.#client?.close();
    this.#client = null;
    this.#state = null;
    this.#toldAt = null;
  }

  /**
   * Tells what is at a moment, after everything that waited. The gateway has it when this resolves.
   * @throws TellingFailed, SessionRefused; the link is cut then
   */
  async tell(at: number): Promise<void> {
    try {
      if (!this.#client) await this.#connect(at);
      await this.#tellBacklog(at);
      await this.#tellLive(at);
      if (this.plan.kind === "cluster") await this.#tellInventory(this.plan, at);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  async #connect(at: number): Promise<void> {
    const { gatewayUrl, epoch } = this.#way;
    const session = { gatewayUrl, epoch, agent: this.#speaker, version: this.plan.version };
    const client = await SessionClient.open({ ...session, timeoutMilliseconds: 30_000 });
    this.#client = client;
    this.#closed = new Promise((resolve) => {
      client.onClosed = () => {
        if (this.#client === client) this.close();
        resolve(null);
      };
    });
    client.post({ type: "dictionary", payload: dictionaryPayload(this.#layout.entries) }, () => {});
    await this.#send({ type: "report", sequence: at, payload: deflateRawSync(JSON.stringify(this.#report(at))) });
  }

  #report(at: number): Report {
    const { plan } = this;
    return {
      agent: {
        ...{ version: plan.version, startedAt: this.#way.startedAt.toISOString(), profile: "full" },
        ...{ intervalSeconds: plan.intervalSeconds, spoolMoments: 0, spoolBytes: 0, thinnedMoments: 0 },
        ...{ droppedMoments: 0, clockOffsetSeconds: 0, transport: "websocket" },
      },
      ...(plan.kind === "machine" ? { facts: machineFacts(plan, at), descriptions: machineDescriptions(plan) } : {}),
    };
  }

  async #tellBacklog(at: number): Promise<void> {
    const momentsMax = Math.max(1, Math.floor(VALUES_MAX / this.#layout.columns));
    for (const { moments, stepSeconds, isThinned } of backlogOf(this.#storedUntil, at, this.plan.intervalSeconds)) {
      for (let begin = 0; begin < moments.length; begin += momentsMax) {
        const some = moments.slice(begin, begin + momentsMax);
        const newest = some.at(-1) ?? at;
        const block = blockOf(this.#layout, some, (moment) => samplesOf(this.plan, moment, stepSeconds));
        const hash = dictionaryHash(this.#layout.entries);
        const head = { epoch: this.#way.epoch, sequence: newest, isThinned, isClockUnsure: false, hash };
        await this.#send({ type: "backlog", ...head, frame: encodeFrame(block) });
        this.#storedUntil = newest;
      }
    }
  }

  async #tellLive(at: number): Promise<void> {
    if (at <= this.#storedUntil) return;
    const isKey = this.#state === null;
    this.#state ??= new SessionState(this.#layout);
    const span = this.plan.intervalSeconds;
    const frame = encodeFrame(
      blockOf(this.#layout, [at], (moment) => samplesOf(this.plan, moment, span)),
      this.#state,
    );
    const hash = isKey ? dictionaryHash(this.#layout.entries) : null;
    await this.#send({ type: "live", sequence: at, hash, frame });
    this.#storedUntil = at;
  }

  async #tellInventory(plan: ClusterPlan, at: number): Promise<void> {
    if (this.#toldAt !== null && at - this.#toldAt < INVENTORY_SECONDS) return;
    const now = clusterItems(plan, at);
    const change =
      this.#toldAt === null
        ? confirmedInventory(plan.uid, now)
        : changedInventory(plan.uid, clusterItems(plan, this.#toldAt), now);
    if (change) {
      const refusal = await this.#ask({ ...change, sequence: at });
      if (refusal?.code === "state_unknown") await this.#send({ ...wholeInventory(plan.uid, now), sequence: at });
      else if (refusal) throw new TellingFailed(refusal.message, refusal.retryAfterSeconds ?? null);
    }
    this.#toldAt = at;
  }

  async #send(message: Parameters<SessionClient["send"]>[0]): Promise<void> {
    const refusal = await this.#ask(message);
    if (refusal) throw new TellingFailed(`${message.type}: ${refusal.message}`, refusal.retryAfterSeconds ?? null);
  }

  /** @returns the gateway's refusal; null when it has stored the message */
  async #ask(message: Parameters<SessionClient["send"]>[0]): Promise<Refusal | null> {
    const client = this.#client;
    const answer: GatewayAnswer | null = client ? await Promise.race([client.send(message), this.#closed]) : null;
    if (!answer) throw new TellingFailed("the connection broke");
    if (answer.type === "acknowledged") return null;
    // A fresh session with its dictionary told has what it takes; anew, it is told again.
    if (answer.type !== "refused") throw new TellingFailed(`the gateway answered ${answer.type}`);
    return Refusal.parse(JSON.parse(answer.text));
  }
}
