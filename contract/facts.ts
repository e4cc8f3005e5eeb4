/**
 * What selectors, facets, groups and columns can speak of beside labels: one list of facts for each kind of thing. What a
 * fact is in SQL stands with the thing (`server/*`), and the compiler asks for every one of these names there.
 *
 * What changes by itself (health, nodes that are ready, what is used) is unknown while the thing is not connected; what it
 * is (version, distribution, cores) stays as it was told last.
 */
export const SUBJECT_KINDS = ["site", "cluster", "machine", "application", "storage"] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];

/**
 * `text` is compared letter by letter. `number` is in base units (bytes, ratios, degrees Celsius, watts) and may be
 * written with `%` or `Ki`, `Mi`, `Gi`, `Ti`, `k`, `M`, `G`, `T`. `version` is compared in as many parts as are written.
 */
export type FactType = "text" | "number" | "version";
export type FactTypes = Readonly<Record<string, FactType>>;

/** Of the site that a thing stands at; each kind has them all. */
const SITE = {
  site: "text",
  region: "text",
  country: "text",
  carrier: "text",
  owner: "text",
  deputy: "text",
  timeZone: "text",
  gridZone: "text",
  powerFeed: "text",
  tariff: "text",
  simulated: "text",
} as const satisfies FactTypes;

const CLUSTER = {
  ...SITE,
  name: "text",
  health: "text",
  lastHealth: "text",
  connection: "text",
  version: "version",
  distribution: "text",
  provider: "text",
  cloudRegion: "text",
  nodes: "number",
  nodesReady: "number",
  applications: "number",
  applicationsUnwell: "number",
  systems: "number",
  systemsUnwell: "number",
  cores: "number",
  memory: "number",
  cpuRequested: "number",
  memoryRequested: "number",
  claimed: "number",
  agentVersion: "version",
  contested: "text",
} as const satisfies FactTypes;

const MACHINE = {
  ...SITE,
  name: "text",
  connection: "text",
  os: "text",
  kernel: "version",
  architecture: "text",
  virtualization: "text",
  cores: "number",
  memory: "number",
  cpuUsed: "number",
  memoryUsed: "number",
  filesystemUsed: "number",
  temperature: "number",
  power: "number",
  agentVersion: "version",
  contested: "text",
} as const satisfies FactTypes;

const APPLICATION = {
  ...SITE,
  name: "text",
  namespace: "text",
  cluster: "text",
  health: "text",
  lastHealth: "text",
  connection: "text",
  version: "version",
  by: "text",
  ready: "number",
  wanted: "number",
  workloads: "number",
  distribution: "text",
  clusterVersion: "version",
} as const satisfies FactTypes;

/** Pools and volumes. What is forecast of them is of when it was worked out last. */
const STORAGE = {
  ...SITE,
  name: "text",
  kind: "text",
  namespace: "text",
  cluster: "text",
  class: "text",
  forecast: "text",
  connection: "text",
  used: "number",
  size: "number",
  available: "number",
  provisioned: "number",
  fill: "number",
  perDay: "number",
  daysLeft: "number",
} as const satisfies FactTypes;

/** Kind → fact → type. */
export const FACTS = {
  site: SITE,
  cluster: CLUSTER,
  machine: MACHINE,
  application: APPLICATION,
  storage: STORAGE,
} as const;
export type FactName<K extends SubjectKind> = keyof (typeof FACTS)[K] & string;

const QUANTITY = /^(-?\d{1,15}(?:\.\d{1,9})?)(%|[kMGT]|[KMGT]i)?$/;
const FACTORS: Readonly<Record<string, number>> = {
  "%": 0.01,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** `80%`, `16Gi` and `3` as a number; null for what is none. */
export function quantityOf(text: string): number | null {
  const match = QUANTITY.exec(text);
  return match ? Number(match[1]) * (match[2] === undefined ? 1 : (FACTORS[match[2]] ?? Number.NaN)) : null;
}

/** What a version begins with; the same pattern stands in SQL. */
export const VERSION_PATTERN = "^v?(\\d{1,9}(\\.\\d{1,9}){0,2})";
const VERSION = new RegExp(VERSION_PATTERN);

/** Major, minor and patch of a version as far as it has them; what follows them is not compared. Null: there are none. */
export function versionParts(text: string): number[] | null {
  const numbers = VERSION.exec(text)?.[1];
  return numbers === undefined ? null : numbers.split(".").map(Number);
}

/** True for `1.31` and `v1.31.2`, but not for `v1.31.2+k3s1`: that one names a version exactly. */
export const isPlainVersion = (text: string): boolean => VERSION.exec(text)?.[0] === text;
