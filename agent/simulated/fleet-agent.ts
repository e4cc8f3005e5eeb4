import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";

/** An agent of a made-up fleet: who it is follows from the seed and its number, so any process can be it. */
export type FleetAgent = Speaker & { machineId: string };

/** Who speaks to the gateway. */
export type Speaker = { id: string; privateKey: KeyObject };

/** DER frame of an Ed25519 private key (RFC 8410, section 7); the 32-byte seed follows. */
const PRIVATE_DER_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** A UUID (version 8, RFC 9562) that follows from a text. */
export function uuidFrom(text: string): string {
  const hex = digest(text).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A key that follows from a text; whoever knows the text has the key. */
export function privateKeyFrom(text: string): KeyObject {
  const der = Buffer.concat([PRIVATE_DER_PREFIX, digest(text)]);
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
}

export function fleetAgent(seed: number, stream: number): FleetAgent {
  return {
    id: uuidFrom(`fleet ${seed} agent ${stream}`),
    machineId: uuidFrom(`fleet ${seed} machine ${stream}`),
    privateKey: privateKeyFrom(`fleet ${seed} key ${stream}`),
  };
}

/** Every stream has a site of its own. */
export const siteIdOf = (seed: number, stream: number): string => uuidFrom(`fleet ${seed} site ${stream}`);

/** The 32 raw bytes of the public half. */
export function publicKeyOf({ privateKey }: Pick<Speaker, "privateKey">): Buffer {
  return Buffer.from(createPublicKey(privateKey).export({ format: "jwk" }).x ?? "", "base64url");
}

/** Ed25519 over a text, base64url. */
export function signText({ privateKey }: Speaker, text: string): string {
  return sign(null, Buffer.from(text, "utf8"), privateKey).toString("base64url");
}
