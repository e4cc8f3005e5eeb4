import { createHash, createPrivateKey, type KeyObject, sign } from "node:crypto";
import { SIGNATURE_HEADERS, signedText } from "@/contract/agents";

/** Signs requests with the agent's key. */
export class Signer {
  readonly #key: KeyObject;
  readonly #keyId: string;

  /** @param privateKeyPem Ed25519, PKCS#8 */
  constructor(keyId: string, privateKeyPem: string) {
    this.#keyId = keyId;
    this.#key = createPrivateKey(privateKeyPem);
  }

  /** Ed25519 over a text (UTF-8), base64url. */
  sign(text: string): string {
    return sign(null, Buffer.from(text, "utf8"), this.#key).toString("base64url");
  }

  /** Headers that prove who sends this body. @param body the bytes as sent, after gzip */
  headersFor(request: {
    method: string;
    path: string;
    sequence: string;
    time: Date;
    body: Buffer;
  }): Record<string, string> {
    const time = request.time.toISOString();
    const text = signedText({
      method: request.method,
      path: request.path,
      keyId: this.#keyId,
      sequence: request.sequence,
      time,
      bodySha256: createHash("sha256").update(request.body).digest("hex"),
    });
    return {
      [SIGNATURE_HEADERS.keyId]: this.#keyId,
      [SIGNATURE_HEADERS.sequence]: request.sequence,
      [SIGNATURE_HEADERS.time]: time,
      [SIGNATURE_HEADERS.signature]: this.sign(text),
    };
  }
}
