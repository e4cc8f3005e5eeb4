import { publicKeyOf } from "@/agent/simulated/fleet-agent";
import type { AgentPlan } from "@/agent/simulated/fleet-plan";
import { EnrolAnswer, type EnrolRequest } from "@/contract/agents";
import { GATEWAY_PATHS, GatewayError } from "@/contract/telemetry";

/** The gateway did not let an agent in. */
export class EnrolRefused extends Error {
  override readonly name = "EnrolRefused";
}

/**
 * Enrols a simulated agent at the door that every agent goes through.
 * @returns its id
 * @throws EnrolRefused with the gateway's own words
 */
export async function enrolSimulated(
  gatewayUrl: string,
  token: string,
  plan: AgentPlan,
  key: Parameters<typeof publicKeyOf>[0],
): Promise<string> {
  const request: EnrolRequest = {
    token,
    publicKey: publicKeyOf(key).toString("base64url"),
    hostname: plan.name,
    agentVersion: plan.version,
    platform: "linux/x64",
    systemUuid: plan.kind === "machine" ? plan.systemUuid : null,
    systemSerial: null,
    ...(plan.kind === "cluster" ? { clusterUid: plan.uid } : {}),
  };
  const response = await fetch(`${gatewayUrl}${GATEWAY_PATHS.enrol}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
  });
  const body: unknown = await response.json();
  if (response.ok) return EnrolAnswer.parse(body).agentId;
  throw new EnrolRefused(GatewayError.safeParse(body).data?.error.message ?? `HTTP ${response.status}`);
}
