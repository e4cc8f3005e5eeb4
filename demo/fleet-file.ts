import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { findJson, writeDurably } from "@/agent/durable-file";

/** What a fleet is known by at its next start. The agents' keys follow from `secret`. */
const FleetFile = z.object({
  /** Another database, or another organisation in it, is another fleet. */
  organisationId: z.uuid(),
  secret: z.string().min(20),
  /** Of the process that drives it: grows with each start. */
  epoch: z.number().int().nonnegative(),
  /** Seconds since 1970 up to which it was driven; null before the first time. */
  drivenUntil: z.number().int().nullable(),
  /** Name of an agent → its id. */
  agents: z.record(z.string(), z.uuid()),
});
export type FleetFile = z.infer<typeof FleetFile>;

const pathIn = (folder: string): string => join(folder, "fleet.json");

/**
 * The fleet of this organisation that lies in a folder, or a new one, at the beginning of its next epoch.
 * @throws StateFileError for a file that makes no sense
 */
export async function beginFleet(folder: string, organisationId: string): Promise<FleetFile> {
  const found = await findJson(pathIn(folder), FleetFile);
  const known = found?.organisationId === organisationId ? found : null;
  const fleet = known ?? {
    organisationId,
    secret: randomBytes(24).toString("base64url"),
    epoch: 0,
    drivenUntil: null,
    agents: {},
  };
  const begun = { ...fleet, epoch: fleet.epoch + 1 };
  await writeFleet(folder, begun);
  return begun;
}

export async function writeFleet(folder: string, fleet: FleetFile): Promise<void> {
  await writeDurably(pathIn(folder), `${JSON.stringify(fleet)}\n`);
}
