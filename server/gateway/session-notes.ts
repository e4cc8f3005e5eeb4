import { type Database, withTenant } from "@/db/client";
import type { ProcessVerdict } from "@/server/agents/process-verdict";
import { noteSessions, type SessionNote } from "@/server/agents/processes";
import { BatchLookup } from "@/server/batch-lookup";

/** Asks whether a process may speak for its key; what comes together is one transaction for each organisation. */
export class SessionNotes {
  readonly #database: Database;
  readonly #lookups = new Map<string, BatchLookup<SessionNote, ProcessVerdict>>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** @throws whatever the database throws */
  note(orgId: string, note: SessionNote): Promise<ProcessVerdict> {
    let lookup = this.#lookups.get(orgId);
    if (!lookup) {
      lookup = new BatchLookup((notes) =>
        withTenant(this.#database, { orgId }, (tx) => noteSessions(tx, orgId, notes, new Date())),
      );
      this.#lookups.set(orgId, lookup);
    }
    return lookup.find(note);
  }
}
