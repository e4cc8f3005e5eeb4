import { rm } from "node:fs/promises";
import { arch, platform } from "node:os";
import { join } from "node:path";
import { EnrolAnswer, EnrolRequest, JoinToken } from "@/contract/agents";
import { GATEWAY_PATHS } from "@/contract/telemetry";
import { collectIdentity } from "./collectors/identity";
import { readHostname } from "./collectors/operating-system";
import { describeFailure, GatewayClient } from "./gateway-client";
import type { HostRoots, Known } from "./host-roots";
import { deletePendingKey, findIdentity, type Identity, preparePendingKey, writeIdentity } from "./identity-file";
import { SPOOL_FOLDER } from "./spool/segment-files";
import { AGENT_VERSION } from "./version";

/** An enrolment that did not come about, in one line that says what to do. */
export class EnrolError extends Error {
  override readonly name = "EnrolError";
}

/** A person waits for it. */
const ENROL_LIMITS = { idleMilliseconds: 15_000, requestMilliseconds: 30_000 };

type EnrolOptions = {
  gateway: string;
  token: string;
  dataPath: string;
  roots: HostRoots;
  /** Gives up the identity that is there, and what it has not sent yet. */
  isReplacing: boolean;
  /** What the agent is to speak for, when it is not the machine that it runs on. */
  cluster: { uid: string; name: string } | null;
};

/**
 * Makes this machine's key, has it registered, and keeps the identity.
 * @throws EnrolError, StateFileError
 */
export async function enrol(options: EnrolOptions): Promise<{ identity: Identity; answer: EnrolAnswer }> {
  const { dataPath, roots } = options;
  const gateway = checkGateway(options.gateway);
  const token = checkToken(options.token);
  const earlier = options.isReplacing ? null : await findIdentity(dataPath);
  if (earlier) {
    throw new EnrolError(
      `${dataPath} already holds the identity of an agent at ${earlier.gateway} (site ${earlier.site}); ` +
        "add --replace to give it up",
    );
  }
  const key = await preparePendingKey(dataPath, gateway, token);
  const request: EnrolRequest = EnrolRequest.parse({
    token,
    publicKey: key.publicKey,
    agentVersion: AGENT_VERSION,
    platform: `${platform()}/${arch()}`,
    ...(options.cluster ? claimOfCluster(options.cluster) : await claimOfMachine(roots)),
  });
  const answer = await ask(gateway, request, dataPath);
  const identity: Identity = {
    gateway,
    agentId: answer.agentId,
    organisation: answer.organisation,
    site: answer.site,
    privateKey: key.privateKey,
    publicKey: key.publicKey,
    enrolledAt: new Date().toISOString(),
  };
  // Batches of another identity must not reach this one's organisation.
  if (options.isReplacing) await rm(join(dataPath, SPOOL_FOLDER), { recursive: true, force: true });
  await writeIdentity(dataPath, identity);
  return { identity, answer };
}

type Claim = Omit<EnrolRequest, "token" | "publicKey" | "agentVersion" | "platform">;

/** The machine under a pod is another agent's matter. */
const claimOfCluster = ({ uid, name }: { uid: string; name: string }): Claim => ({
  hostname: name.slice(0, 253),
  systemUuid: null,
  systemSerial: null,
  clusterUid: uid,
});

async function claimOfMachine(roots: HostRoots): Promise<Claim> {
  const { systemUuid, systemSerial, providerId, machineId } = await collectIdentity(roots);
  return {
    hostname: (await readHostname(roots)).slice(0, 255),
    systemUuid: orNull(systemUuid),
    systemSerial: orNull(systemSerial)?.slice(0, 200) ?? null,
    providerId: orNull(providerId),
    machineId: orNull(machineId),
  };
}

async function ask(gateway: string, request: EnrolRequest, dataPath: string): Promise<EnrolAnswer> {
  const client = new GatewayClient(gateway, ENROL_LIMITS);
  try {
    const answer = await client
      .post({ path: GATEWAY_PATHS.enrol, body: Buffer.from(JSON.stringify(request)), headers: {} })
      .catch((error: unknown) => {
        throw new EnrolError(
          `No answer from ${gateway}: ${describeFailure(error)}; check the address and run the same command again`,
        );
      });
    const accepted = EnrolAnswer.safeParse(answer.body);
    if (answer.status >= 200 && answer.status < 300 && accepted.success) {
      if (accepted.data.status !== "revoked") return accepted.data;
      // An answer was lost, and by the time it was asked for again, somebody had revoked the agent.
      await deletePendingKey(dataPath);
      throw new EnrolError(
        `${gateway}: this agent was revoked in the console; run the same command with another token`,
      );
    }
    // A refusal is final for this key; anything else may pass, and the same key is asked with again.
    if (answer.error && answer.status < 429) await deletePendingKey(dataPath);
    throw new EnrolError(
      answer.error
        ? `${gateway} refused: ${answer.error.message} (${answer.error.code})`
        : `${gateway} answered ${answer.status} and not as a Fernblick gateway does; check the address`,
    );
  } finally {
    client.close();
  }
}

function checkGateway(text: string): string {
  const gateway = text.replace(/\/+$/, "");
  const isUsable = URL.canParse(gateway) && /^https?:\/\/[^/]/.test(gateway) && !/[?#@]/.test(gateway);
  if (isUsable) return gateway;
  throw new EnrolError(`--gateway: found "${text}"; expected an address such as https://fernblick.example.org:4318`);
}

function checkToken(text: string): string {
  const token = JoinToken.safeParse(text.trim());
  if (token.success) return token.data;
  throw new EnrolError(
    "--token: found something else than a join token; expected fbj_ and 43 characters, copy it whole from the console",
  );
}

const orNull = (fact: Known<string>): string | null => ("value" in fact ? fact.value : null);
