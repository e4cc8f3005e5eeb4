import { and, eq, inArray, sql } from "drizzle-orm";
import type { AgentStatus } from "@/contract/agents";
import { type Database, withTenant } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { sites } from "@/db/schema/fleet";
import { insertSystemToken } from "@/server/agents/bootstrap";
import { makeJoinToken } from "@/server/agents/secrets";

/** A simulated site, with everything that can be known of a site. */
export type SimulatedSite = Omit<typeof sites.$inferInsert, "id" | "orgId" | "createdAt" | "isSimulated">;

const ROWS_A_STATEMENT = 500;
const PROGRAM = "demo";

/**
 * Makes simulated sites that are not there yet; those that are stay as they are, whatever a person changed in them.
 * @returns name → id, of simulated sites alone: a real site of the same name is nobody's to tell of
 */
export async function putSimulatedSites(
  database: Database,
  orgId: string,
  rows: readonly SimulatedSite[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (let begin = 0; begin < rows.length; begin += ROWS_A_STATEMENT) {
    const some = rows.slice(begin, begin + ROWS_A_STATEMENT);
    await withTenant(database, { orgId }, async (tx) => {
      await tx
        .insert(sites)
        .values(some.map((row) => ({ ...row, orgId, isSimulated: true })))
        .onConflictDoNothing();
      const lower = some.map(({ name }) => name.toLowerCase());
      const known = await tx
        .select({ id: sites.id, name: sites.name })
        .from(sites)
        .where(and(eq(sites.orgId, orgId), eq(sites.isSimulated, true), inArray(sql`lower(${sites.name})`, lower)));
      const byName = new Map(known.map(({ id, name }) => [name.toLowerCase(), id]));
      for (const { name } of some) {
        const id = byName.get(name.toLowerCase());
        if (id) found.set(name, id);
      }
    });
  }
  return found;
}

/** A join token for so many agents of a simulated site, good for an hour. */
export async function issueSimulatedToken(
  database: Database,
  input: { orgId: string; siteId: string; usesMax: number },
): Promise<string> {
  const token = makeJoinToken();
  await withTenant(database, { orgId: input.orgId }, (tx) =>
    insertSystemToken(tx, { ...input, token, name: "Demo fleet", by: PROGRAM }),
  );
  return token;
}

/** What the database says of agents; those that it does not know are left out. */
export async function findAgentStatuses(
  database: Database,
  orgId: string,
  agentIds: readonly string[],
): Promise<Map<string, AgentStatus>> {
  const statuses = new Map<string, AgentStatus>();
  for (let begin = 0; begin < agentIds.length; begin += ROWS_A_STATEMENT) {
    const ids = agentIds.slice(begin, begin + ROWS_A_STATEMENT);
    const rows = await withTenant(database, { orgId }, (tx) =>
      tx.select({ id: agents.id, status: agents.status }).from(agents).where(inArray(agents.id, ids)),
    );
    for (const { id, status } of rows) statuses.set(id, status);
  }
  return statuses;
}
