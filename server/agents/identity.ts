import { isPlausibleMachineId, isPlausibleProviderId, isPlausibleUuid } from "@/contract/machine-identity";
import { IDENTITY_KINDS, type IdentityKind } from "@/db/schema/fleet";

/** What a machine is known by. */
export type MachineIdentity = { kind: Exclude<IdentityKind, "sender">; value: string };

/** What an agent claims of its machine; only said, so what many machines share is not believed. */
export type IdentityClaims = {
  id: string;
  systemUuid: string | null;
  providerId: string | null;
  osMachineId: string | null;
};

/**
 * By what this agent's machine may be known, the most certain first: the firmware's UUID, the provider's id, the
 * system's machine id (which travels with copies of a disk), and where none of them can be believed, the agent itself.
 */
export function identitiesOf(agent: IdentityClaims): [MachineIdentity, ...MachineIdentity[]] {
  const claims: [MachineIdentity["kind"], string | null, (text: string) => boolean][] = [
    ["system_uuid", agent.systemUuid, isPlausibleUuid],
    ["provider_id", agent.providerId, isPlausibleProviderId],
    ["machine_id", agent.osMachineId, isPlausibleMachineId],
  ];
  const believed = claims.flatMap(([kind, claim, isPlausible]): MachineIdentity[] => {
    const value = claim?.trim().toLowerCase() ?? "";
    return isPlausible(value) ? [{ kind, value }] : [];
  });
  const own: MachineIdentity = { kind: "agent", value: agent.id };
  const [first = own, ...others] = believed;
  return [first, ...others];
}

/** Smaller is more certain. */
export const identityRank = (kind: IdentityKind): number => IDENTITY_KINDS.indexOf(kind);

/** True for one UUID in either byte order: firmware of before and after SMBIOS 2.6 writes its first half the other way. */
export function isSameUuid(a: string, b: string): boolean {
  const swap = (uuid: string) =>
    uuid
      .toLowerCase()
      .split("-")
      .map((part, index) => (index < 3 ? (part.match(/../g) ?? []).reverse().join("") : part))
      .join("-");
  return a.toLowerCase() === b.toLowerCase() || swap(a) === b.toLowerCase();
}
