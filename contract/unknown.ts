// As a namespace: the agent's bundle then holds only what it uses of zod, which halves it and saves 10 MB of memory.
import * as z from "zod";

/**
 * Why a reading or a fact is unknown. `code` is for the screen's language, `detail` is the edge's own words.
 * The position of a code is its number on the wire and in the store: the list only grows at its end, up to 13.
 */
export const UNKNOWN_CODES = [
  /** The kernel, firmware or hypervisor does not offer it. */
  "not_offered",
  /** It exists, but the agent's user may not read it. */
  "not_permitted",
  /** It was there and could not be read this time. */
  "read_failed",
  /** What was read makes no sense (for example a placeholder serial number). */
  "implausible",
  /** This platform has no collector for it. */
  "not_supported",
  /** A rate needs a second reading, or the counter began again. */
  "not_yet",
  /** Left out to keep to the link's budget. */
  "not_sent",
  /** Recorded by a version that did not have this reading yet. */
  "older_version",
] as const;
export type UnknownCode = (typeof UNKNOWN_CODES)[number];

export const UnknownReason = z.object({
  code: z.enum(UNKNOWN_CODES).catch("read_failed"),
  detail: z.string().max(300),
});
export type UnknownReason = z.infer<typeof UnknownReason>;
