// As a namespace: the agent's bundle then holds only what it uses of zod, which halves it and saves 10 MB of memory.
import * as z from "zod";

/**
 * Enrolment and the proof of identity.
 *
 * An agent makes its Ed25519 key at the edge; the private half never leaves it. Each request after enrolment carries
 * three headers and is signed over method, path, key id, sequence, time and the digest of the body as sent
 * (so after gzip). The time is not judged by the gateway: edge clocks are wrong. A replay repeats a batch that is
 * already stored, which changes nothing.
 */
export const SIGNATURE_HEADERS = {
  keyId: "fernblick-key",
  sequence: "fernblick-sequence",
  time: "fernblick-time",
  signature: "fernblick-signature",
} as const;

/** Join tokens start with this, so that secret scanners find them. */
export const JOIN_TOKEN_PREFIX = "fbj_";
export const JoinToken = z
  .string()
  .regex(/^fbj_[A-Za-z0-9_-]{43}$/, "A join token starts with fbj_ and has 47 characters");

/** `<epoch>.<sequence>` of the batch in the body. */
export const SequenceHeader = z.string().regex(/^\d{1,16}\.\d{1,10}$/);

export type SignedParts = {
  method: string;
  path: string;
  /** The agent's id as given at enrolment. */
  keyId: string;
  /** `<epoch>.<sequence>` */
  sequence: string;
  /** Edge's time, ISO 8601. */
  time: string;
  /** SHA-256 of the body as sent, lower-case hex. */
  bodySha256: string;
};

/** The exact bytes (UTF-8) that are signed; lines are separated by one newline, none at the end. */
export function signedText(parts: SignedParts): string {
  return [
    "fernblick-request-1",
    parts.method,
    parts.path,
    parts.keyId,
    parts.sequence,
    parts.time,
    parts.bodySha256,
  ].join("\n");
}

/** Asks the gateway to take this agent in. */
export const EnrolRequest = z.object({
  token: JoinToken,
  /** Raw 32-byte Ed25519 public key, base64url without padding. */
  publicKey: z.string().regex(/^[A-Za-z0-9_-]{43}$/, "An Ed25519 public key has 43 base64url characters"),
  hostname: z.string().min(1).max(255),
  agentVersion: z.string().min(1).max(60),
  /** For example `linux/x64`. */
  platform: z.string().min(1).max(60),
  /** Shown in the waiting room, so that a person can compare; null where the machine does not tell. */
  systemUuid: z.string().max(100).nullable(),
  systemSerial: z.string().max(200).nullable(),
  /** `<provider>:<instance id>` of a cloud's machine; older agents do not tell. */
  providerId: z.string().max(200).nullish(),
  /** Of the operating system (machine-id(5)): 32 hexadecimal digits. It travels with copies of the disk. */
  machineId: z.string().max(100).nullish(),
  /** UID of the namespace `kube-system`, from an agent that runs for a cluster; its `hostname` is the cluster's name. */
  clusterUid: z.string().min(1).max(100).nullish(),
});
export type EnrolRequest = z.infer<typeof EnrolRequest>;

export const AGENT_STATUSES = ["waiting", "active", "revoked"] as const;
export type AgentStatus = (typeof AGENT_STATUSES)[number];

export const EnrolAnswer = z.object({
  agentId: z.uuid(),
  organisation: z.string(),
  site: z.string(),
  /** `waiting`: a person has to approve this agent first; until then pushes are answered `agent_waiting`. */
  status: z.enum(AGENT_STATUSES),
  intervalSeconds: z.number().min(1).max(86_400),
});
export type EnrolAnswer = z.infer<typeof EnrolAnswer>;
