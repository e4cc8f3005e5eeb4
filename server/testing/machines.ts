import type { MachineFacts } from "@/contract/telemetry";
import { type Database, withTenant } from "@/db/client";
import { enrolAgent } from "@/server/agents/enrol";
import { writeMachineFacts } from "@/server/fleet/ingest";
import { compactOrganisation } from "@/server/telemetry/compact";
import { getOrCreateStream } from "@/server/telemetry/streams";
import { createEdge } from "./edge";
import { blockAt, type EntityReadings, machineReadings } from "./entity-readings";
import type { Stage } from "./stage";
import { receive } from "./streams";

/** A machine whose agent was taken in. */
export type TestMachine = { id: string; agentId: string; orgId: string; siteId: string; name: string };

export async function enrolMachine(stage: Stage, token: string, name: string): Promise<TestMachine> {
  const { publicKey, systemUuid } = createEdge(name);
  const request = { token, publicKey, hostname: name, agentVersion: "0.1.0", platform: "linux/x64" };
  const answer = await enrolAgent(stage.database, { ...request, systemUuid, systemSerial: null }, 60);
  if ("refused" in answer) throw new Error(`${name} was not enrolled: ${answer.message}`);
  const [row] = await stage.rows<{ id: string; org_id: string; site_id: string }>(
    "select m.id, m.org_id, m.site_id from agents a join machines m on m.id = a.machine_id where a.id = $1",
    [answer.agentId],
  );
  if (!row) throw new Error(`${name} has no machine`);
  return { id: row.id, agentId: answer.agentId, orgId: row.org_id, siteId: row.site_id, name };
}

export type Told = { at?: Date; sequence: number; entities?: EntityReadings[]; facts?: MachineFacts };

/** All that a machine tells is stored as if its agent had sent it: readings, reasons, facts, the time of arrival. */
export async function tell(stage: Stage, worker: Database, machine: TestMachine, told: Told): Promise<void> {
  const { id: machineId, orgId, siteId, name } = machine;
  const { at = new Date(), entities = [machineReadings()] } = told;
  const stream = await withTenant(stage.database, { orgId }, (tx) =>
    getOrCreateStream(tx, { orgId, siteId, machineId, senderId: null, name }),
  );
  const block = blockAt(Math.floor(at.getTime() / 1000), entities);
  await receive(stage.database, { id: stream.id, orgId, siteId, machineId }, [block], { sequence: told.sequence });
  for (const { kind, key, unknown = {} } of entities) {
    await stage.admin.query(
      "update telemetry_entities set unknown = $4 where stream_id = $1 and kind = $2 and key = $3",
      [stream.id, kind, key, JSON.stringify(unknown)],
    );
  }
  // Newest readings are written by the gateway; where it could not, the merge does, and that is used here.
  await compactOrganisation(worker, orgId, { dueSeconds: 0 });
  await stage.admin.query("update agents set last_received_at = now() where id = $1", [machine.agentId]);
  const { facts } = told;
  if (facts)
    await withTenant(stage.database, { orgId }, (tx) => writeMachineFacts(tx, orgId, machineId, facts, at, new Date()));
}
