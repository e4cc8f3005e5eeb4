/** What JSON can say and Postgres cannot hold: NUL and halves of surrogate pairs. Most texts have neither. */
const UNSTORABLE_ESCAPE = /\\u(0000|[dD][89a-fA-F])/;

/**
 * Parses JSON and takes out what Postgres cannot hold, or a serial number padded with NUL would be refused for ever.
 * @throws SyntaxError
 */
export function parseStorableJson(text: string): unknown {
  const parsed: unknown = JSON.parse(text);
  return UNSTORABLE_ESCAPE.test(text) ? storable(parsed) : parsed;
}

/** The same for a text that is no JSON. */
export const storableText = (text: string): string => text.replaceAll("\0", "").replaceAll(/\p{Surrogate}/gu, "\ufffd");

/** The same for a value that was parsed. */
export function storable(value: unknown): unknown {
  if (typeof value === "string") return storableText(value);
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [storableText(name), storable(inner)]));
}
