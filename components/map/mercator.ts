/**
 * Web Mercator as maps use it (EPSG:3857 on a square from 0 to 1, north at 0), and the view onto it.
 * Zoom as elsewhere: at 0 the world is 256 pixels wide, each step doubles it.
 */
export type World = { x: number; y: number };
export type MapView = World & { zoom: number };
export type Size = { width: number; height: number };
/** Degrees. */
export type Bounds = { west: number; south: number; east: number; north: number };

export const ZOOM_MIN = 0;
export const ZOOM_MAX = 14;
const LATITUDE_MAX = 85.051_129;
const TILE_PX = 256;

export const worldPx = (zoom: number): number => TILE_PX * 2 ** zoom;

/** Degrees → the square; latitudes beyond 85° are drawn at its edge. */
export function project(longitude: number, latitude: number): World {
  const clamped = Math.max(-LATITUDE_MAX, Math.min(LATITUDE_MAX, latitude));
  const sine = Math.sin((clamped * Math.PI) / 180);
  return { x: longitude / 360 + 0.5, y: 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI) };
}

export function unproject({ x, y }: World): { longitude: number; latitude: number } {
  return {
    longitude: (x - 0.5) * 360,
    latitude: (360 / Math.PI) * Math.atan(Math.exp((0.5 - y) * 2 * Math.PI)) - 90,
  };
}

/** Keeps the middle of the view on the map and the zoom within its bounds. */
export function clampView({ x, y, zoom }: MapView): MapView {
  return {
    x: Math.max(0, Math.min(1, x)),
    y: Math.max(0, Math.min(1, y)),
    zoom: Math.max(ZOOM_MIN, Math.min(ZOOM_MAX, zoom)),
  };
}

export const panBy = (view: MapView, rightPx: number, downPx: number): MapView => {
  const scale = worldPx(view.zoom);
  return clampView({ ...view, x: view.x + rightPx / scale, y: view.y + downPx / scale });
};

/** Zooms so that what lies at this point of the screen stays there; the point counts from the middle. */
export function zoomAt(view: MapView, steps: number, fromMiddle: World): MapView {
  const zoom = Math.max(ZOOM_MIN, Math.min(ZOOM_MAX, view.zoom + steps));
  const shift = 1 / worldPx(view.zoom) - 1 / worldPx(zoom);
  return clampView({ x: view.x + fromMiddle.x * shift, y: view.y + fromMiddle.y * shift, zoom });
}

export const toScreen = (view: MapView, size: Size, point: World): World => {
  const scale = worldPx(view.zoom);
  return { x: (point.x - view.x) * scale + size.width / 2, y: (point.y - view.y) * scale + size.height / 2 };
};

/** What the view shows, in degrees, with so many pixels more on each side. */
export function viewBounds(view: MapView, size: Size, marginPx = 0): Bounds {
  const half = 1 / worldPx(view.zoom) / 2;
  const dx = (size.width + 2 * marginPx) * half;
  const dy = (size.height + 2 * marginPx) * half;
  const { longitude: west, latitude: north } = unproject({ x: view.x - dx, y: view.y - dy });
  const { longitude: east, latitude: south } = unproject({ x: view.x + dx, y: view.y + dy });
  return { west: Math.max(-180, west), south, east: Math.min(180, east), north };
}

export const isWithin = ({ west, south, east, north }: Bounds, longitude: number, latitude: number): boolean =>
  longitude >= west && longitude <= east && latitude >= south && latitude <= north;

/** The smallest bounds around some points; null for none. */
export function boundsOf(points: Iterable<{ longitude: number; latitude: number }>): Bounds | null {
  let bounds: Bounds | null = null;
  for (const { longitude, latitude } of points) {
    if (bounds === null) bounds = { west: longitude, east: longitude, south: latitude, north: latitude };
    else {
      bounds.west = Math.min(bounds.west, longitude);
      bounds.east = Math.max(bounds.east, longitude);
      bounds.south = Math.min(bounds.south, latitude);
      bounds.north = Math.max(bounds.north, latitude);
    }
  }
  return bounds;
}

/** Pixels that stay free around what is fitted, and the closest that fitting comes to a single point. */
const FIT_MARGIN_PX = 48;
const FIT_ZOOM_MAX = 9;

/** The view that shows all of these bounds. */
export function fitBounds(bounds: Bounds, size: Size): MapView {
  const northWest = project(bounds.west, bounds.north);
  const southEast = project(bounds.east, bounds.south);
  const zoomOf = (px: number, span: number) =>
    span <= 0 ? FIT_ZOOM_MAX : Math.log2(Math.max(64, px - 2 * FIT_MARGIN_PX) / span / TILE_PX);
  const zoom = Math.min(
    FIT_ZOOM_MAX,
    zoomOf(size.width, southEast.x - northWest.x),
    zoomOf(size.height, southEast.y - northWest.y),
  );
  return clampView({ x: (northWest.x + southEast.x) / 2, y: (northWest.y + southEast.y) / 2, zoom });
}

/** `53.5511,9.9937,6.2`: as it stands in the address. */
export function viewText(view: MapView): string {
  const { longitude, latitude } = unproject(view);
  return `${latitude.toFixed(4)},${longitude.toFixed(4)},${view.zoom.toFixed(2)}`;
}

/** The view of such a text; null for anything else. */
export function parseView(text: string | null): MapView | null {
  const match = /^(-?\d{1,2}(?:\.\d{1,6})?),(-?\d{1,3}(?:\.\d{1,6})?),(\d{1,2}(?:\.\d{1,3})?)$/.exec(text ?? "");
  if (!match) return null;
  const [latitude = 0, longitude = 0, zoom = 0] = match.slice(1).map(Number);
  return clampView({ ...project(longitude, latitude), zoom });
}
