import { generateKeyPairSync, sign } from "node:crypto";

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const BOOLEAN = 0x01;

/** One element of DER: tag, length, content (ITU-T X.690). */
function der(tag: number, ...parts: (Buffer | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)));
  const { length } = content;
  const long = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  const head = [tag, ...(length < 0x80 ? [length] : long)];
  return Buffer.concat([Buffer.from(head), content]);
}

const objectId = (hex: string) => der(OBJECT_ID, Buffer.from(hex, "hex"));
const ECDSA_WITH_SHA256 = der(SEQUENCE, objectId("2a8648ce3d040302"));
const COMMON_NAME = objectId("550403");
const BASIC_CONSTRAINTS = objectId("551d13");
const SUBJECT_ALTERNATIVE_NAME = objectId("551d11");

/**
 * A certificate for 127.0.0.1 that is its own authority, and its key, both PEM. Made anew in each run (RFC 5280,
 * section 4.1), so that no private key has to lie in the repository.
 */
export function makeSelfSigned(): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, "made up for a test"))));
  const isAuthority = der(SEQUENCE, BASIC_CONSTRAINTS, der(OCTET_STRING, der(SEQUENCE, der(BOOLEAN, "\xff"))));
  const loopback = der(0x87, Buffer.from([127, 0, 0, 1]));
  const address = der(SEQUENCE, SUBJECT_ALTERNATIVE_NAME, der(OCTET_STRING, der(SEQUENCE, loopback)));
  const content = der(
    SEQUENCE,
    der(0xa0, der(INTEGER, "\x02")),
    der(INTEGER, "\x01"),
    ECDSA_WITH_SHA256,
    name,
    der(SEQUENCE, der(UTC_TIME, "200101000000Z"), der(UTC_TIME, "491231235959Z")),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, der(SEQUENCE, isAuthority, address)),
  );
  const signature = der(BIT_STRING, "\0", sign("sha256", content, privateKey));
  const certificate = der(SEQUENCE, content, ECDSA_WITH_SHA256, signature).toString("base64");
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.replace(/.{1,64}/g, "$&\n")}-----END CERTIFICATE-----\n`,
  };
}
