import { z } from "zod";
import { FleetChange } from "@/server/fleet/shapes";
import { IMPORT_CHARACTERS_MAX, SITE_COLUMNS, SITE_FIELDS, SITE_STATES, type SiteField } from "./model";

/** The shapes of the procedures of sites: what goes in, what comes out. */

const count = z.number().int();

/** What is counted at a site. */
export type SiteFigures = Record<
  | "machines"
  | "machinesOnline"
  | "machinesNever"
  | "machinesCritical"
  | "machinesWarning"
  | "machinesUnknown"
  | "clusters"
  | "clustersOnline"
  | "clustersNever"
  | "clustersCritical"
  | "clustersWarning"
  | "clustersUnknown"
  | "clustersPaused",
  number
> & { lastReceivedAt: Date | null };

/** Whole numbers, 4 bytes each, the lowest first, in base64: a text is checked and sent at no cost for each number. */
const numbers = z.string();
/** Columns of equal length, one place a site; texts that repeat are numbered, -1 = unknown. */
export const SiteMap = z.object({
  at: z.date(),
  /** 16 bytes each, base64. */
  ids: z.string(),
  /** A line each. */
  names: z.string(),
  regions: z.array(z.string()),
  countries: z.array(z.string()),
  region: numbers,
  country: numbers,
  /** In MAP_STEPS_PER_DEGREE; MAP_NO_PLACE = unknown. */
  latitude: numbers,
  longitude: numbers,
  /** Position in SITE_STATES. */
  state: numbers,
  machines: numbers,
  machinesOnline: numbers,
  clusters: numbers,
  clustersOnline: numbers,
  /** 1 = what is at it is made up. */
  simulated: numbers,
});
export type SiteMap = z.infer<typeof SiteMap>;

const text = z.string().nullable();
const degrees = z.number().nullable();
export const SitePlace = z.object({
  name: z.string(),
  region: text,
  country: text,
  address: text,
  latitude: degrees,
  longitude: degrees,
  timeZone: text,
  gridZone: text,
  tariff: text,
  pue: z.number().nullable(),
  contact: text,
  runbookUrl: text,
  carrier: text,
  powerFeed: text,
  owner: text,
  deputy: text,
  labels: z.record(z.string(), z.string()),
});

/** Something that happened at a site, to a machine or a cluster. */
const SiteChange = FleetChange.extend({
  of: z.enum(["machine", "cluster"]),
  ofId: z.uuid(),
  ofName: z.string(),
  subject: z.string().nullable(),
});
export type SiteChange = z.infer<typeof SiteChange>;

export const SiteDetail = SitePlace.extend({
  id: z.uuid(),
  isSimulated: z.boolean(),
  createdAt: z.date(),
  connectivity: z.enum(["online", "partly", "offline", "never", "empty"]),
  health: z.enum(["critical", "warning", "unknown", "maintenance", "good"]),
  state: z.enum(SITE_STATES),
  /** Since when it is in this state; null where nobody keeps that. */
  since: z.date().nullable(),
  lastReceivedAt: z.date().nullable(),
  machines: count,
  machinesOnline: count,
  clusters: count,
  clustersOnline: count,
  changes: z.array(SiteChange),
});
export type SiteDetail = z.infer<typeof SiteDetail>;

/** Entries as a person wrote them; what each has to be is said by `readSite`. */
const entry = z.string().max(20_000);
export const SiteEntries = z.object(
  Object.fromEntries(SITE_FIELDS.map((field) => [field, entry.optional()])) as Record<
    SiteField,
    z.ZodOptional<typeof entry>
  >,
);
export type SiteEntries = z.infer<typeof SiteEntries>;

const Expected = z.union([
  z.object({ kind: z.enum(["text", "required"]), max: count }),
  z.object({ kind: z.literal("number"), min: z.number(), max: z.number() }),
  z.object({ kind: z.enum(["country", "timeZone", "url", "labels", "pair"]) }),
]);

export const ImportInput = z.object({ text: z.string().max(IMPORT_CHARACTERS_MAX) });
export const ImportRun = ImportInput.extend({
  /** Leaves bad rows out; without it nothing is written while one is bad. */
  isPartial: z.boolean().default(false),
});

/** One thing that is wrong with a row: where it stands, what was found, what was expected. */
export const ImportProblem = z.object({
  /** Of the text, from 1; a row that goes over several lines begins here. */
  line: count,
  column: z.string(),
  found: z.string(),
  expected: z.union([
    Expected,
    z.object({ kind: z.enum(["columns", "quote", "uuid", "unknownId", "outOfReach", "nameTaken"]) }),
    z.object({ kind: z.literal("unique"), line: count }),
  ]),
});
export type ImportProblem = z.infer<typeof ImportProblem>;

export const ImportPreview = z.object({
  rows: count,
  created: count,
  changed: count,
  left: count,
  bad: count,
  problems: z.array(ImportProblem),
  /** The first that would be made or changed. */
  changes: z.array(
    z.object({
      line: count,
      name: z.string(),
      isNew: z.boolean(),
      fields: z.array(z.object({ column: z.enum(Object.values(SITE_COLUMNS)), before: z.string(), after: z.string() })),
    }),
  ),
  /** Columns that mean nothing here; what stands in them is not read. */
  ignoredColumns: z.array(z.string()),
});
export type ImportPreview = z.infer<typeof ImportPreview>;
