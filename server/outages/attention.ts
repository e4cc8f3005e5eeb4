import type { Transaction } from "@/db/client";
import type { Caller } from "@/server/access/caller";
import { PLAIN_LINE } from "@/server/fleet/attention";
import type { Attention } from "@/server/fleet/shapes";
import { readOpenOutages } from "./queries";

/** One line for each outage that goes on, instead of one for each thing that is dark in it. */
export async function listOutageAttention(tx: Transaction, caller: Caller): Promise<Attention[]> {
  return (await readOpenOutages(tx, caller)).map((outage) => ({
    ...PLAIN_LINE,
    kind: "outage",
    severity: "critical",
    machineId: null,
    clusterId: null,
    agentId: null,
    name: "",
    siteName: null,
    since: outage.beganTo,
    affected: outage.machinesDark + outage.clustersDark,
    isSimulated: outage.isSimulated,
    outage,
  }));
}
