import { LABEL_KEY_PATTERN, LABEL_VALUE_PATTERN } from "@/contract/selector";

/** What a site is and how it is judged. Pure: the form, the CSV and the server read entries by the same rules. */

/** How a site is, as one shape on the map; the worst first. */
export const SITE_STATES = ["critical", "warning", "offline", "unknown", "maintenance", "good"] as const;
export type SiteState = (typeof SITE_STATES)[number];

/** What is at a site, by whether it is reached. */
export type SiteReach = { total: number; online: number; never: number };
export type SiteConnectivity = "online" | "partly" | "offline" | "never" | "empty";

/** Whether what is at a site is reached; says nothing of its health. Nothing at it is not the same as nothing reached. */
export function siteConnectivity({ total, online, never }: SiteReach): SiteConnectivity {
  if (total === 0) return "empty";
  if (online === total) return "online";
  if (online > 0) return "partly";
  return never === total ? "never" : "offline";
}

/** How many of what is reached are judged so; the rest of it is good. */
export type SiteTroubles = { online: number; critical: number; warning: number; paused: number; unknown: number };
export type SiteHealth = "critical" | "warning" | "unknown" | "maintenance" | "good";

/** Health of what is reached: of what is silent nothing is known, so where nothing speaks it is unknown. */
export function siteHealth({ online, critical, warning, paused, unknown }: SiteTroubles): SiteHealth {
  if (online === 0) return "unknown";
  if (critical > 0) return "critical";
  if (warning > 0) return "warning";
  if (unknown > 0) return "unknown";
  return paused > 0 ? "maintenance" : "good";
}

/**
 * The one shape of a site: the worse of its two judgements. A site that is partly silent is a warning; one that never
 * spoke, or has nothing, is unknown and not offline: nobody knows that anything was lost.
 */
export function siteState(connectivity: SiteConnectivity, health: SiteHealth): SiteState {
  if (connectivity === "empty" || connectivity === "never") return "unknown";
  if (connectivity === "offline") return "offline";
  return connectivity === "partly" && health !== "critical" ? "warning" : health;
}

/** The map's answer has degrees in such steps, of a metre, and this number where nobody entered where a site is. */
export const MAP_STEPS_PER_DEGREE = 100_000;
export const MAP_NO_PLACE = -(2 ** 31);

/** Longest CSV: rows without the header, and characters of the whole text. */
export const IMPORT_ROWS_MAX = 20_000;
export const IMPORT_CHARACTERS_MAX = 8_000_000;
/** Bad rows that are named in one answer; beyond it they are counted. */
export const IMPORT_PROBLEMS_MAX = 500;
/** Changes that a preview shows; beyond it they are counted. */
export const IMPORT_CHANGES_MAX = 100;

/** What people enter about a site, in the order of the form; also the columns of the CSV, in its words. */
export const SITE_COLUMNS = {
  name: "name",
  region: "region",
  country: "country",
  address: "address",
  latitude: "latitude",
  longitude: "longitude",
  timeZone: "time_zone",
  gridZone: "grid_zone",
  tariff: "tariff",
  pue: "pue",
  contact: "contact",
  runbookUrl: "runbook_url",
  carrier: "carrier",
  powerFeed: "power_feed",
  owner: "owner",
  deputy: "deputy",
  labels: "labels",
} as const;
export type SiteField = keyof typeof SITE_COLUMNS;
export const SITE_FIELDS = Object.keys(SITE_COLUMNS) as SiteField[];

/** What is kept of a site; null = unknown: nobody entered it. */
export type SitePlace = {
  name: string;
  region: string | null;
  country: string | null;
  address: string | null;
  latitude: number | null;
  longitude: number | null;
  timeZone: string | null;
  gridZone: string | null;
  tariff: string | null;
  pue: number | null;
  contact: string | null;
  runbookUrl: string | null;
  carrier: string | null;
  powerFeed: string | null;
  owner: string | null;
  deputy: string | null;
  labels: Record<string, string>;
};
export type SiteTexts = Record<SiteField, string>;

/** Longest entry, in characters; the database has the same bounds. */
const LENGTHS: Partial<Record<SiteField, number>> = {
  region: 200,
  address: 500,
  gridZone: 60,
  tariff: 200,
  contact: 500,
  carrier: 200,
  powerFeed: 200,
  owner: 200,
  deputy: 200,
};

/** What was expected of an entry: a key of the `sites.expected` messages, with its values. */
export type Expected =
  | { kind: "text" | "required"; max: number }
  | { kind: "number"; min: number; max: number }
  | { kind: "country" | "timeZone" | "url" | "labels" | "pair" };
type Read<T> = { value: T } | { expected: Expected };

/** A number with a decimal point or comma, without groups of thousands: `53,55` and `53.55` are the same. */
function readNumber(text: string, min: number, max: number): Read<number> {
  const expected: Expected = { kind: "number", min, max };
  if (!/^[+-]?\d{1,12}([.,]\d{1,20})?$/.test(text)) return { expected };
  const value = Number(plainNumber(Number(text.replace(",", "."))));
  return value >= min && value <= max ? { value } : { expected };
}

function readText(text: string, max: number, kind: "text" | "required" = "text"): Read<string> {
  // Line breaks and tabs may stand in an address; other control characters nowhere.
  const isText = text.length <= max && !/\p{Cc}/u.test(text.replaceAll(/[\n\t]/g, " "));
  return isText ? { value: text } : { expected: { kind, max } };
}

const regionNames = new Intl.DisplayNames("en", { type: "region", fallback: "none" });
/** Private-use codes have no country behind them; XK (Kosovo) is in general use. */
function readCountry(text: string): Read<string> {
  const code = text.toUpperCase();
  const isCountry =
    /^[A-Z]{2}$/.test(code) && regionNames.of(code) !== undefined && !["EU", "EZ", "UN", "ZZ"].includes(code);
  return isCountry ? { value: code } : { expected: { kind: "country" } };
}

let zones: Map<string, string> | undefined;
function readTimeZone(text: string): Read<string> {
  zones ??= new Map([...Intl.supportedValuesOf("timeZone"), "UTC"].map((zone) => [zone.toLowerCase(), zone]));
  const known = zones.get(text.toLowerCase());
  if (known) return { value: known };
  try {
    // An older name of a zone, such as Europe/Kiev in one place and Europe/Kyiv in another; offsets are no zones.
    if (/^[A-Za-z]+\/[A-Za-z_/+-]+$/.test(text))
      return { value: new Intl.DateTimeFormat("en", { timeZone: text }) && text };
  } catch {
    // Said below.
  }
  return { expected: { kind: "timeZone" } };
}

function readUrl(text: string): Read<string> {
  const url = URL.parse(text);
  const isFit = text.length <= 1000 && /^https?:\/\//i.test(text) && !/\s/.test(text);
  // The database asks for the scheme in small letters.
  return url && isFit
    ? { value: text.replace(/^https?/i, (scheme) => scheme.toLowerCase()) }
    : { expected: { kind: "url" } };
}

/** `region=north, tier=edge`, in the order of their names. */
function readLabels(text: string): Read<Record<string, string>> {
  const entries = text.split(/[,\n]/).flatMap((part) => {
    const trimmed = part.trim();
    const at = trimmed.indexOf("=");
    return trimmed === "" ? [] : [[trimmed.slice(0, Math.max(at, 0)).trim(), trimmed.slice(at + 1).trim()] as const];
  });
  const isFit = entries.every(([key, value]) => LABEL_KEY_PATTERN.test(key) && LABEL_VALUE_PATTERN.test(value));
  const value = Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
  return isFit && Object.keys(value).length === entries.length && entries.length <= 64
    ? { value }
    : { expected: { kind: "labels" } };
}

/** One entry as a person wrote it. Empty = unknown, which a name cannot be. */
export function readSiteField(field: SiteField, entry: string): Read<string | number | Record<string, string> | null> {
  const text = entry.replaceAll("\r\n", "\n").trim();
  if (field === "labels") return readLabels(text);
  if (field === "name") {
    return text === "" || text.includes("\n")
      ? { expected: { kind: "required", max: 200 } }
      : readText(text, 200, "required");
  }
  if (text === "") return { value: null };
  switch (field) {
    case "latitude":
      return readNumber(text, -90, 90);
    case "longitude":
      return readNumber(text, -180, 180);
    case "pue":
      return readNumber(text, 1, 10);
    case "country":
      return readCountry(text);
    case "timeZone":
      return readTimeZone(text);
    case "runbookUrl":
      return readUrl(text);
    default:
      return readText(text, LENGTHS[field] ?? 200);
  }
}

export type FieldProblem = { field: SiteField; found: string; expected: Expected };

/** Entries → what is kept, or everything that is wrong with them. Only the fields that are given are read. */
export function readSite<Texts extends Partial<SiteTexts>>(
  texts: Texts,
): { values: Partial<SitePlace>; problems: FieldProblem[] } {
  const values: Partial<Record<SiteField, unknown>> = {};
  const problems: FieldProblem[] = [];
  for (const field of SITE_FIELDS) {
    const found = texts[field];
    if (found === undefined) continue;
    const read = readSiteField(field, found);
    if ("expected" in read) problems.push({ field, found, expected: read.expected });
    else values[field] = read.value;
  }
  return { values: values as Partial<SitePlace>, problems };
}

/** A place has both coordinates or none. */
export function pairProblem(place: Pick<SitePlace, "latitude" | "longitude">): FieldProblem | null {
  if ((place.latitude === null) === (place.longitude === null)) return null;
  return { field: place.latitude === null ? "latitude" : "longitude", found: "", expected: { kind: "pair" } };
}

/** What is kept, as a person would write it; `readSite` gives the same again. */
export function siteTexts(place: SitePlace, decimal: "." | "," = "."): SiteTexts {
  const textOf = (field: SiteField): string => {
    const value = place[field];
    if (value === null) return "";
    if (typeof value === "number") return plainNumber(value).replace(".", decimal);
    return typeof value === "string"
      ? value
      : Object.entries(value)
          .sort(([left], [right]) => (left < right ? -1 : 1))
          .map(([key, text]) => `${key}=${text}`)
          .join(", ");
  };
  return Object.fromEntries(SITE_FIELDS.map((field) => [field, textOf(field)])) as SiteTexts;
}

/** Decimals that are kept of a number: of degrees, a centimetre. */
const DECIMALS = 7;

/** Without an exponent, which nobody enters and nothing here reads. */
function plainNumber(value: number): string {
  const text = value.toFixed(DECIMALS).replace(/\.?0+$/, "");
  return text === "-0" ? "0" : text;
}
