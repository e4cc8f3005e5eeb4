import { type SQL, sql } from "drizzle-orm";
import { agents } from "@/db/schema/agents";
import { machines, sites } from "@/db/schema/fleet";
import { telemetryMachines } from "@/db/schema/telemetry";
import { SITE } from "@/server/access/caller";
import type { ListSubject } from "@/server/lists/subject";
import { connectivitySql, figuresOf, isContestedSql, lastReceivedSql, speaksFor } from "./machine-connection";

/** Connections, the worst first. */
const CONNECTIONS_BY_RANK = ["offline", "never", "revoked", "online"];

/** What changes by itself is known only while the machine is connected. */
const now = (figure: SQL): SQL => sql`case when ${connectivitySql} = 'online' then ${figure} end`;
const factText = (name: string): SQL => sql`${machines.facts} -> ${sql.raw(`'${name}'`)} ->> 'value'`;
const memoryRatio = sql`${telemetryMachines.memoryUsedBytes} / nullif(${telemetryMachines.memoryTotalBytes}, 0)`;

/** Machines as lists read them. */
export const MACHINES: ListSubject<"machine"> = {
  kind: "machine",
  from: sql`${machines} join ${sites} on ${sites.orgId} = ${machines.orgId} and ${sites.id} = ${machines.siteId}
    left join ${agents} on ${speaksFor} left join ${telemetryMachines} on ${figuresOf}`,
  id: sql`${machines.id}`,
  name: sql`${machines.name}`,
  labels: [sql`${machines.labels}`, sql`${sites.labels}`],
  facts: {
    ...SITE.facts,
    name: sql`${machines.name}`,
    connection: sql`${connectivitySql}`,
    os: sql`(${factText("operatingSystem")})`,
    kernel: sql`(${factText("kernelVersion")})`,
    architecture: sql`(${factText("architecture")})`,
    virtualization: sql`(${factText("virtualization")})`,
    cores: sql`${machines.coresLogical}`,
    memory: sql`${telemetryMachines.memoryTotalBytes}`,
    cpuUsed: now(sql`${telemetryMachines.cpuUsedRatio}`),
    memoryUsed: now(memoryRatio),
    filesystemUsed: now(sql`${telemetryMachines.filesystemUsedRatioMax}`),
    temperature: now(sql`${telemetryMachines.temperatureCelsiusMax}`),
    power: now(sql`${telemetryMachines.powerWatts}`),
    agentVersion: sql`${agents.version}`,
    contested: sql`${isContestedSql}::text`,
  },
  search: [
    sql`${machines.name}`,
    sql`${sites.name}`,
    sql`${machines.identityValue}`,
    sql`(${factText("systemSerial")})`,
    sql`(${factText("operatingSystem")})`,
  ],
  firstSort: "name",
  sorts: {
    name: sql`lower(${machines.name})`,
    site: sql`lower(${sites.name})`,
    connectivity: sql`array_position(${sql.param(CONNECTIONS_BY_RANK)}::text[], ${connectivitySql})`,
    cores: sql`${machines.coresLogical}`,
    cpu: sql`${telemetryMachines.cpuUsedRatio}`,
    memory: memoryRatio,
    filesystem: sql`${telemetryMachines.filesystemUsedRatioMax}`,
    temperature: sql`${telemetryMachines.temperatureCelsiusMax}`,
    power: sql`${telemetryMachines.powerWatts}`,
    lastReceived: lastReceivedSql,
  },
  isKnown: sql`(${connectivitySql} = 'online')`,
  state: sql`${connectivitySql}`,
  states: CONNECTIONS_BY_RANK,
};
