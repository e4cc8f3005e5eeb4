import type { Logger } from "pino";
import type { AgentDirectory } from "@/server/agents/agent-directory";
import { REFUSALS } from "@/server/agents/authenticate";
import { agentSettings } from "@/server/telemetry/link-settings";
import type { Session } from "./session";
import type { SessionNotes } from "./session-notes";

/** Silence after which the other end is asked whether it is there; as much again, and it is not. */
const SILENCE_MS = 55_000;
const SWEEP_MS = 5_000;
/** How often it is noted that a process is heard, in its intervals and at least and at most. */
const NOTE_MS = { min: 20_000, max: 300_000 };
const GOING_AWAY = 1001;
const REPLACED = 4000;

/** All sessions of this gateway. */
export class SessionBook {
  readonly #sessions = new Map<string, Session>();
  readonly #parts: { directory: AgentDirectory; notes: SessionNotes; intervalSeconds: number; log: Logger };
  #timer: NodeJS.Timeout | null = null;

  constructor(parts: { directory: AgentDirectory; notes: SessionNotes; intervalSeconds: number; log: Logger }) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** @param onSweep called every few seconds */
  start(onSweep: () => void): void {
    this.#timer = setInterval(() => {
      this.sweep();
      onSweep();
    }, SWEEP_MS).unref();
  }

  /** One session a process of an agent: an earlier one is a connection that broke without a word, or is about to. */
  add(session: Session): void {
    this.#sessions.get(nameOf(session))?.leave(REPLACED, "replaced");
    this.#sessions.set(nameOf(session), session);
  }

  remove(session: Session): void {
    if (this.#sessions.get(nameOf(session)) === session) this.#sessions.delete(nameOf(session));
  }

  /** Asks the silent, lets go of the gone, and notes who is heard. */
  sweep(now = performance.now()): void {
    const noteMs = Math.min(NOTE_MS.max, Math.max(NOTE_MS.min, 1000 * this.#parts.intervalSeconds));
    for (const session of this.#sessions.values()) {
      const silentMs = now - session.heardAt;
      if (silentMs > 2 * SILENCE_MS) session.terminate();
      else if (silentMs > SILENCE_MS && !session.isPinged) session.ping();
      if (session.heardAt > session.notedAt && now - session.notedAt >= noteMs) this.#note(session, now);
    }
  }

  /** Looks again at the agents of a site, or at all: settings may have changed, and the right to speak. */
  async recheck(siteId: string | null): Promise<void> {
    const { directory, intervalSeconds } = this.#parts;
    const sessions = [...this.#sessions.values()].filter(({ link }) => siteId === null || link.siteId === siteId);
    await Promise.all(
      sessions.map(async (session) => {
        const agent = await directory.find(session.link.agentId);
        if (!agent) session.refuse(REFUSALS.agent_unknown);
        else if (agent.status === "revoked") session.refuse(REFUSALS.agent_revoked);
        else session.tell(agentSettings(agent.link, intervalSeconds));
      }),
    );
  }

  /** Nothing more is read from anybody. */
  pause(): void {
    if (this.#timer) clearInterval(this.#timer);
    for (const session of this.#sessions.values()) session.pause();
  }

  /** Ends all sessions with a word; agents come again at once. */
  close(): void {
    for (const session of this.#sessions.values()) session.leave(GOING_AWAY, "the gateway stops");
  }

  /** Ends all sessions without waiting for anybody. */
  terminate(): void {
    for (const session of this.#sessions.values()) session.terminate();
  }

  #note(session: Session, now: number): void {
    session.notedAt = now;
    const { link, epoch, bootId } = session;
    this.#parts.notes.note(link.orgId, { agentId: link.agentId, epoch, bootId }).then(
      (verdict) => {
        if (verdict === "waits") session.refuse(REFUSALS.agent_waiting);
        if (verdict === "refused") session.refuse(REFUSALS.agent_revoked);
      },
      (error: unknown) => this.#parts.log.warn({ err: error }, "a session could not be noted; it goes on"),
    );
  }
}

const nameOf = ({ link, epoch }: Session) => `${link.agentId} ${epoch}`;
