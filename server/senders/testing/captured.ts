import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Requests of real senders, recorded once; they lie beside the repository and are not there everywhere. */
const FOLDER = join(import.meta.dirname, "..", "..", "..", "..", "shared", "captures");

export const HAS_CAPTURES = existsSync(FOLDER);

/** For titles of tests that are left out without the recordings. */
export const CAPTURES_MISSING = HAS_CAPTURES ? "" : " (left out: the recordings are not beside the repository)";

/** The bytes of a recorded file. */
export function readCapture(name: string): Buffer {
  return readFileSync(join(FOLDER, name));
}
