import type { AgentRow } from "./agent-figures";

type Searched = Pick<
  AgentRow,
  "hostname" | "machineName" | "siteName" | "version" | "id" | "systemUuid" | "systemSerial" | "joinTokenName"
>;

/** Shorter words occur in most ids by chance. */
const ID_PART_LENGTH_MIN = 6;

/** True when every word of the search is part of something that names this agent; letter case does not matter. */
export function isFoundBy(agent: Searched, search: string): boolean {
  const { hostname, machineName, siteName, version, id, systemUuid, systemSerial, joinTokenName } = agent;
  const names = [hostname, machineName, siteName, version, systemSerial, joinTokenName].join("\n").toLowerCase();
  const ids = [id, systemUuid].join("\n").toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => names.includes(word) || (word.length >= ID_PART_LENGTH_MIN && ids.includes(word)));
}
