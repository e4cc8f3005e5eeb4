import Supercluster from "supercluster";
import type { MarkState } from "@/components/ui/state-mark";
import { type Bounds, project, type World } from "./mercator";

/** A thing on the map. `at` is its place in the caller's own list. */
export type MapPoint = { at: number; longitude: number; latitude: number; state: MarkState; isSimulated: boolean };

type Single = { at: number; state: MarkState; isSimulated: boolean };
/** How many of a bubble are in each state. Flat: the library copies it flat, and a list in it would be added to twice. */
type Counts = Partial<Record<MarkState, number>>;
export type MarkIndex = Supercluster<Single, Counts>;

/** What is drawn: one thing, or a bubble for many that stand too close. */
export type Mark = World & { state: MarkState } & (
    | { kind: "single"; at: number; isSimulated: boolean }
    | { kind: "bubble"; count: number; clusterId: number }
  );

/** Pixels within which things become one bubble, and the zoom from which none do. */
const RADIUS_PX = 56;
const CLUSTER_ZOOM_MAX = 12;

/**
 * Puts all points into an index once; from then on the marks of any view are looked up.
 * @param severity every state, the worst first: a bubble has the state of the worst in it
 */
export function indexMarks(points: readonly MapPoint[], severity: readonly MarkState[]): MarkIndex {
  const index: MarkIndex = new Supercluster<Single, Counts>({
    radius: RADIUS_PX,
    // Supercluster counts in tiles of `extent` pixels; ours are of 256.
    extent: 256,
    maxZoom: CLUSTER_ZOOM_MAX,
    map: ({ state }) => ({ [state]: 1 }),
    reduce: (sum, one) => {
      for (const state of severity) if (one[state]) sum[state] = (sum[state] ?? 0) + one[state];
    },
  });
  return index.load(
    points.map(({ longitude, latitude, ...properties }) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [longitude, latitude] },
      properties,
    })),
  );
}

/** The marks within these bounds at this zoom. */
export function marksIn(index: MarkIndex, bounds: Bounds, zoom: number, severity: readonly MarkState[]): Mark[] {
  const { west, south, east, north } = bounds;
  return index.getClusters([west, south, east, north], Math.floor(zoom)).map((found): Mark => {
    const [longitude = 0, latitude = 0] = found.geometry.coordinates;
    const place = project(longitude, latitude);
    const { properties } = found;
    if (!("cluster_id" in properties)) {
      const { at, state, isSimulated } = properties as Single;
      return { ...place, kind: "single", at, state, isSimulated };
    }
    const { point_count: count, cluster_id: clusterId } = properties;
    const state = severity.find((candidate) => properties[candidate]) ?? "unknown";
    return { ...place, kind: "bubble", count, clusterId, state };
  });
}

/** Radius of a bubble in pixels: more for more, never so much that it hides the map. */
export const bubblePx = (count: number): number => Math.min(26, 12 + 3.4 * Math.log10(count) + (count > 999 ? 2 : 0));

/** The mark under a point of the screen, the nearest of those within reach. */
export function markAt(
  marks: readonly (Mark & { screen: World })[],
  point: World,
  reachPx: number,
): (Mark & { screen: World }) | null {
  let best: (Mark & { screen: World }) | null = null;
  let bestPx = Number.POSITIVE_INFINITY;
  for (const mark of marks) {
    const distance = Math.hypot(mark.screen.x - point.x, mark.screen.y - point.y);
    const reach = mark.kind === "bubble" ? Math.max(reachPx, bubblePx(mark.count)) : reachPx;
    if (distance <= reach && distance < bestPx) [best, bestPx] = [mark, distance];
  }
  return best;
}
