import { type Bounds, boundsOf, isWithin } from "@/components/map/mercator";
import type { Outputs } from "@/server/root";
import { MAP_NO_PLACE, MAP_STEPS_PER_DEGREE, SITE_STATES, type SiteState } from "@/server/sites/model";

/** One site of the map's answer; `at` is its place there. */
export type SiteItem = {
  at: number;
  id: string;
  name: string;
  region: string | null;
  country: string | null;
  /** Degrees; null = nobody entered where it is. */
  place: { latitude: number; longitude: number } | null;
  state: SiteState;
  machines: number;
  machinesOnline: number;
  clusters: number;
  clustersOnline: number;
  isSimulated: boolean;
};

const hexOf = (byte: number): string => byte.toString(16).padStart(2, "0");

/** UUIDs of 16 bytes each, in base64. */
function readIds(base64: string): string[] {
  const bytes = atob(base64);
  return Array.from({ length: bytes.length / 16 }, (_, at) => {
    let hex = "";
    for (let byte = 16 * at; byte < 16 * at + 16; byte++) hex += hexOf(bytes.charCodeAt(byte));
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  });
}

/** Whole numbers of 4 bytes each, the lowest first, in base64. */
function readNumbers(base64: string): number[] {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 4 }, (_, at) => view.getInt32(4 * at, true));
}

/** The columns of the answer as one item a site. */
export function readSiteItems(map: Outputs["sites"]["map"]): SiteItem[] {
  const names = map.names.split("\n");
  const [regions, countries] = [readNumbers(map.region), readNumbers(map.country)];
  const [latitudes, longitudes] = [readNumbers(map.latitude), readNumbers(map.longitude)];
  const [states, simulated] = [readNumbers(map.state), readNumbers(map.simulated)];
  const [machines, machinesOnline] = [readNumbers(map.machines), readNumbers(map.machinesOnline)];
  const [clusters, clustersOnline] = [readNumbers(map.clusters), readNumbers(map.clustersOnline)];
  return readIds(map.ids).map((id, at) => {
    const latitude = latitudes[at] ?? MAP_NO_PLACE;
    const longitude = longitudes[at] ?? MAP_NO_PLACE;
    const isNowhere = latitude === MAP_NO_PLACE || longitude === MAP_NO_PLACE;
    return {
      at,
      id,
      name: names[at] ?? "",
      region: map.regions[regions[at] ?? -1] ?? null,
      country: map.countries[countries[at] ?? -1] ?? null,
      place: isNowhere
        ? null
        : { latitude: latitude / MAP_STEPS_PER_DEGREE, longitude: longitude / MAP_STEPS_PER_DEGREE },
      state: SITE_STATES[states[at] ?? -1] ?? "unknown",
      machines: machines[at] ?? 0,
      machinesOnline: machinesOnline[at] ?? 0,
      clusters: clusters[at] ?? 0,
      clustersOnline: clustersOnline[at] ?? 0,
      isSimulated: simulated[at] === 1,
    };
  });
}

export type SiteFilter = {
  search: string;
  state: SiteState | null;
  /** An empty text stands for sites without a region. */
  region: string | null;
  /** Only these sites; null = all. */
  ids: ReadonlySet<string> | null;
};

/** The sites that a filter leaves, in their order. */
export function filterSites(items: readonly SiteItem[], { search, state, region, ids }: SiteFilter): SiteItem[] {
  const sought = search.trim().toLowerCase();
  return items.filter(
    (item) =>
      (ids === null || ids.has(item.id)) &&
      (state === null || item.state === state) &&
      (region === null || (item.region ?? "") === region) &&
      (sought === "" ||
        [item.name, item.region, item.country].some((text) => text?.toLowerCase().includes(sought) ?? false)),
  );
}

export type SiteCounts = Record<SiteState, number>;
export type RegionRow = { kind: "region"; region: string | null; count: number; counts: SiteCounts };
export type SiteListRow = RegionRow | { kind: "site"; item: SiteItem };

/**
 * Regions in the order of their names with their sites below, those without a region last. With bounds, only what lies
 * in them and what has no place at all: that is on no part of the map, and must not get lost.
 */
export function listRows(items: readonly SiteItem[], bounds: Bounds | null): SiteListRow[] {
  const groups = new Map<string | null, SiteItem[]>();
  for (const item of items) {
    if (bounds && item.place && !isWithin(bounds, item.place.longitude, item.place.latitude)) continue;
    const group = groups.get(item.region);
    if (group) group.push(item);
    else groups.set(item.region, [item]);
  }
  const ordered = [...groups].sort(([left], [right]) =>
    left === null || right === null ? Number(left === null) - Number(right === null) : left.localeCompare(right),
  );
  return ordered.flatMap(([region, group]): SiteListRow[] => [
    { kind: "region", region, count: group.length, counts: countStates(group) },
    ...group.map((item) => ({ kind: "site" as const, item })),
  ]);
}

export function countStates(items: readonly SiteItem[]): SiteCounts {
  const counts: SiteCounts = { critical: 0, warning: 0, offline: 0, unknown: 0, maintenance: 0, good: 0 };
  for (const { state } of items) counts[state] += 1;
  return counts;
}

/** What these sites span on the map; null when none of them has a place. */
export const sitesBounds = (items: readonly SiteItem[]): Bounds | null =>
  boundsOf(items.flatMap(({ place }) => place ?? []));

/** The regions that there are, in the order of their names. */
export const regionNames = (items: readonly SiteItem[]): string[] =>
  [...new Set(items.flatMap(({ region }) => region ?? []))].sort((left, right) => left.localeCompare(right));
