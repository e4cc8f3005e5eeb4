import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import { type MapView, project, type Size, worldPx } from "./mercator";

/** The outline of one piece of a country on the square of Mercator: x and y in turns, with what it spans. */
type Ring = { points: Float32Array; west: number; east: number; north: number; south: number };
/** Outlines that are filled together: the first, less the others. */
export type Land = readonly (readonly Ring[])[];
export type LandColours = { water: string; land: string; border: string };

const FILES = { coarse: "/map/coarse.json", fine: "/map/fine.json" } as const;
export type Detail = keyof typeof FILES;
/** From here on the coarse outlines look like it. */
export const FINE_FROM_ZOOM = 3.4;
/** Points nearer to the last one than this, in pixels, add nothing that one sees. */
const POINT_PX = 0.8;

/** Fetches the outlines of the countries: a file of our own, no server of others. */
export async function loadLand(detail: Detail, signal: AbortSignal): Promise<Land> {
  const answer = await fetch(FILES[detail], { signal });
  if (!answer.ok) throw new Error(`${FILES[detail]}: ${answer.status}`);
  return toLand(await answer.json());
}

/** Outlines of a topology of countries, projected once. */
export function toLand(atlas: Topology<{ countries: GeometryCollection }>): Land {
  return feature(atlas, atlas.objects.countries).features.flatMap(({ geometry }) => {
    if (geometry.type === "Polygon") return [geometry.coordinates.map(toRing)];
    return geometry.type === "MultiPolygon" ? geometry.coordinates.map((polygon) => polygon.map(toRing)) : [];
  });
}

function toRing(coordinates: readonly (readonly number[])[]): Ring {
  const points = new Float32Array(coordinates.length * 2);
  let [west, east, north, south] = [1, 0, 1, 0];
  for (const [at, [longitude = 0, latitude = 0]] of coordinates.entries()) {
    const { x, y } = project(longitude, latitude);
    points[2 * at] = x;
    points[2 * at + 1] = y;
    west = Math.min(west, x);
    east = Math.max(east, x);
    north = Math.min(north, y);
    south = Math.max(south, y);
  }
  return { points, west, east, north, south };
}

/** Draws water, land and borders for this view; only what lies in it. */
export function drawLand(
  context: CanvasRenderingContext2D,
  land: Land,
  { view, size, colours }: { view: MapView; size: Size; colours: LandColours },
): void {
  const scale = worldPx(view.zoom);
  const left = view.x - size.width / 2 / scale;
  const top = view.y - size.height / 2 / scale;
  const [right, bottom] = [left + size.width / scale, top + size.height / scale];
  context.fillStyle = colours.water;
  context.fillRect(0, 0, size.width, size.height);
  context.beginPath();
  for (const polygon of land) {
    for (const ring of polygon) {
      if (ring.east < left || ring.west > right || ring.south < top || ring.north > bottom) continue;
      traceRing(context, ring.points, { left, top, scale });
    }
  }
  context.fillStyle = colours.land;
  context.fill("evenodd");
  context.strokeStyle = colours.border;
  context.lineWidth = 1;
  context.lineJoin = "round";
  context.stroke();
}

function traceRing(
  context: CanvasRenderingContext2D,
  points: Float32Array,
  { left, top, scale }: { left: number; top: number; scale: number },
): void {
  let [lastX, lastY] = [Number.NaN, Number.NaN];
  for (let at = 0; at < points.length; at += 2) {
    const x = ((points[at] ?? 0) - left) * scale;
    const y = ((points[at + 1] ?? 0) - top) * scale;
    if (at === 0) context.moveTo(x, y);
    else if (Math.abs(x - lastX) < POINT_PX && Math.abs(y - lastY) < POINT_PX) continue;
    else context.lineTo(x, y);
    lastX = x;
    lastY = y;
  }
  context.closePath();
}
