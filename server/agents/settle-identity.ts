import { and, eq } from "drizzle-orm";
import type { MachineFacts } from "@/contract/telemetry";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { machines } from "@/db/schema/fleet";
import { factValue } from "@/server/fleet/model";
import { bindMachine } from "./activate";
import { identitiesOf, identityRank, isSameUuid } from "./identity";

/**
 * Holds what an agent tells of its machine against what the machine is known by. A disk that was put into other
 * hardware is another machine under the old name: the agent goes on there, and the old page stays with its history.
 * Something more certain than before, for example because the agent may read the firmware now, becomes the identity.
 *
 * @returns the id of the machine that the facts are about
 */
export async function settleIdentity(
  tx: Transaction,
  orgId: string,
  bound: { agentId: string; machineId: string },
  facts: MachineFacts,
): Promise<string> {
  const { agentId, machineId } = bound;
  const here = and(eq(machines.orgId, orgId), eq(machines.id, machineId));
  const self = and(eq(agents.orgId, orgId), eq(agents.id, agentId));
  const [machine] = await tx.select().from(machines).where(here);
  const [agent] = await tx.select().from(agents).where(self);
  // One that speaks beside another claims an identity already, which a person has to decide about.
  if (!machine || !agent || machine.agentId !== agentId || machine.collidesWith) return machineId;
  const claims = {
    id: agentId,
    systemUuid: told(facts, "systemUuid") ?? agent.systemUuid,
    providerId: told(facts, "providerId") ?? agent.providerId,
    osMachineId: told(facts, "machineId") ?? agent.osMachineId,
  };
  const [best] = identitiesOf(claims);
  const isOtherHardware =
    best.kind === "system_uuid" &&
    machine.identityKind === "system_uuid" &&
    !isSameUuid(best.value, machine.identityValue);
  const isBetter = identityRank(best.kind) < identityRank(machine.identityKind);
  if (!isOtherHardware && !isBetter) return machineId;
  const { id: _, ...known } = claims;
  await tx.update(agents).set(known).where(self);
  if (isOtherHardware) {
    await tx.update(machines).set({ agentId: null }).where(here);
    const next = await bindMachine(tx, { ...agent, ...known, siteId: machine.siteId }, machine.labels);
    await tx.update(agents).set({ machineId: next }).where(self);
    return next;
  }
  const [taken] = await tx
    .select({ id: machines.id })
    .from(machines)
    .where(
      and(eq(machines.orgId, orgId), eq(machines.identityKind, best.kind), eq(machines.identityValue, best.value)),
    );
  if (!taken) await tx.update(machines).set({ identityKind: best.kind, identityValue: best.value }).where(here);
  return machineId;
}

function told(facts: MachineFacts, name: string): string | null {
  const value = factValue(facts, name);
  return typeof value === "string" ? value : null;
}
