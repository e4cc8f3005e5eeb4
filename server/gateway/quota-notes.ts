import type { Logger } from "pino";
import { type Database, withTenant } from "@/db/client";
import { recordAudit } from "@/server/audit/record";
import { announce } from "@/server/live";
import type { AgentLink } from "@/server/telemetry/agent-link";

/** An organisation that goes on sending too much is written down so often, not with every message. */
const EVERY_MS = 3_600_000;
const ORGANISATIONS_MAX = 10_000;

/** Writes down for people that an organisation sends more than its share, with the agent that was turned away first. */
export class QuotaNotes {
  readonly #database: Database;
  readonly #log: Logger;
  readonly #bytesPerSecond: number;
  readonly #notedAt = new Map<string, number>();

  constructor(database: Database, log: Logger, bytesPerSecond: number) {
    this.#database = database;
    this.#log = log;
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** A message was refused. Never throws and never waits: the sender is being told already. */
  note(link: AgentLink, now = performance.now()): void {
    const { orgId } = link;
    if (now - (this.#notedAt.get(orgId) ?? Number.NEGATIVE_INFINITY) < EVERY_MS) return;
    if (this.#notedAt.size >= ORGANISATIONS_MAX) this.#notedAt.clear();
    this.#notedAt.set(orgId, now);
    this.#write(link).catch((error: unknown) => {
      this.#notedAt.delete(orgId);
      this.#log.warn({ err: error }, "that an organisation is over its share could not be written down");
    });
  }

  #write({ orgId, agentId, siteId, hostname }: AgentLink): Promise<void> {
    return withTenant(this.#database, { orgId }, async (tx) => {
      await recordAudit(tx, {
        orgId,
        actor: { kind: "system", label: "gateway" },
        action: "telemetry:over-quota",
        subject: { kind: "agent", id: agentId, label: hostname },
        details: { bytesPerSecond: this.#bytesPerSecond },
      });
      await announce(tx, { orgId, siteId, machineId: null, topic: "fleet" });
    });
  }
}
