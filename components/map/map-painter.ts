import type { MarkState } from "@/components/ui/state-mark";
import { CITIES, CITY_ZOOM } from "./cities";
import { drawMarks, type MapColours } from "./draw-marks";
import { type Detail, drawLand, FINE_FROM_ZOOM, type Land } from "./land";
import { type Mark, type MarkIndex, marksIn } from "./marks";
import { type MapView, type Size, toScreen, viewBounds, type World, worldPx } from "./mercator";

/** The land is drawn this much larger than the view, so that moving it a little only copies a picture. */
const LAND_MARGIN = 0.3;
/** A picture of the land may be stretched so far before it is drawn anew. */
const STRETCH_ZOOM = 0.75;
/** So long after the last movement the land is drawn exactly. */
const REST_MS = 140;
const MARK_MARGIN_PX = 40;
const CITY_ROOM_PX = 70;

type Layer = { canvas: HTMLCanvasElement; view: MapView; size: Size; detail: Detail };
export type Placed = Mark & { screen: World };

/**
 * Draws the map on a canvas, at most once a frame. What costs is done beforehand: marks come from an index, the land
 * is a picture that is moved and stretched while the view moves.
 */
export class MapPainter {
  private readonly context: CanvasRenderingContext2D;
  private readonly lands: Partial<Record<Detail, Land>> = {};
  private layer: Layer | null = null;
  private frame = 0;
  private restTimer = 0;
  private size: Size = { width: 0, height: 0 };
  private ratio = 1;
  /** As drawn last, for what is under the pointer. */
  placed: readonly Placed[] = [];

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly severity: readonly MarkState[],
    private view: MapView,
    private colours: MapColours,
    private readonly words: { language: "en" | "de"; format: (count: number) => string },
  ) {
    const context = canvas.getContext("2d");
    if (!context) throw new Error("this browser draws no canvas");
    this.context = context;
  }

  private index: MarkIndex | null = null;
  private chosen: ReadonlySet<number> = new Set();

  setIndex(index: MarkIndex): void {
    this.index = index;
    this.draw();
  }
  setChosen(chosen: ReadonlySet<number>): void {
    this.chosen = chosen;
    this.draw();
  }
  setLand(detail: Detail, land: Land): void {
    this.lands[detail] = land;
    this.layer = null;
    this.draw();
  }
  setColours(colours: MapColours): void {
    this.colours = colours;
    this.layer = null;
    this.draw();
  }
  setView(view: MapView): void {
    this.view = view;
    this.draw();
    window.clearTimeout(this.restTimer);
    this.restTimer = window.setTimeout(() => {
      if (this.layer?.view !== this.view) this.layer = null;
      this.draw();
    }, REST_MS);
  }
  resize(size: Size): void {
    this.size = size;
    this.ratio = Math.min(2, window.devicePixelRatio || 1);
    this.canvas.width = Math.round(size.width * this.ratio);
    this.canvas.height = Math.round(size.height * this.ratio);
    this.layer = null;
    this.draw();
  }
  stop(): void {
    window.cancelAnimationFrame(this.frame);
    window.clearTimeout(this.restTimer);
  }

  private draw(): void {
    if (this.frame !== 0) return;
    this.frame = window.requestAnimationFrame(() => {
      this.frame = 0;
      if (this.size.width > 0 && this.size.height > 0) this.paint();
    });
  }

  private paint(): void {
    const { context, size, view, ratio } = this;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.paintLand();
    this.paintCities();
    if (!this.index) return;
    const marks = marksIn(this.index, viewBounds(view, size, MARK_MARGIN_PX), view.zoom, this.severity);
    this.placed = marks.map((mark) => ({ ...mark, screen: toScreen(view, size, mark) }));
    drawMarks(context, this.placed, {
      colours: this.colours,
      format: this.words.format,
      isChosen: (mark) => mark.kind === "single" && this.chosen.has(mark.at),
    });
  }

  private paintLand(): void {
    const { context, size, view } = this;
    if (!this.layer || !this.isUsable(this.layer)) this.layer = this.renderLayer();
    const { layer } = this;
    context.fillStyle = this.colours.water;
    context.fillRect(0, 0, size.width, size.height);
    if (!layer) return;
    const stretch = 2 ** (view.zoom - layer.view.zoom);
    const middle = toScreen(view, size, layer.view);
    const [width, height] = [layer.size.width * stretch, layer.size.height * stretch];
    context.drawImage(layer.canvas, middle.x - width / 2, middle.y - height / 2, width, height);
  }

  /** Covers the view, and is not stretched beyond what one bears. */
  private isUsable({ view: drawn, size: { width, height } }: Layer): boolean {
    if (Math.abs(this.view.zoom - drawn.zoom) > STRETCH_ZOOM) return false;
    const scale = worldPx(this.view.zoom);
    const stretch = 2 ** (this.view.zoom - drawn.zoom);
    const roomX = (width * stretch - this.size.width) / 2;
    const roomY = (height * stretch - this.size.height) / 2;
    return Math.abs(this.view.x - drawn.x) * scale <= roomX && Math.abs(this.view.y - drawn.y) * scale <= roomY;
  }

  private renderLayer(): Layer | null {
    const detail: Detail = this.view.zoom >= FINE_FROM_ZOOM && this.lands.fine ? "fine" : "coarse";
    const land = this.lands[detail];
    if (!land) return null;
    const { view, ratio } = this;
    const size = {
      width: Math.ceil(this.size.width * (1 + 2 * LAND_MARGIN)),
      height: Math.ceil(this.size.height * (1 + 2 * LAND_MARGIN)),
    };
    const canvas = this.layer?.canvas ?? document.createElement("canvas");
    canvas.width = size.width * ratio;
    canvas.height = size.height * ratio;
    const context = canvas.getContext("2d");
    if (!context) return null;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawLand(context, land, { view, size, colours: this.colours });
    return { canvas, view, size, detail };
  }

  /** Names of cities, the larger first, where there is room for them. */
  private paintCities(): void {
    const { context, size, view, colours } = this;
    const used: World[] = [];
    context.font = `11px ${colours.font}`;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.setLineDash([]);
    for (const city of CITIES) {
      if (view.zoom < CITY_ZOOM[city.rank]) continue;
      const { x, y } = toScreen(view, size, city);
      if (x < -CITY_ROOM_PX || y < 0 || x > size.width || y > size.height) continue;
      if (used.some((other) => Math.abs(other.x - x) < CITY_ROOM_PX && Math.abs(other.y - y) < 16)) continue;
      used.push({ x, y });
      context.fillStyle = colours.inkFaint;
      context.fillRect(x - 1.5, y - 1.5, 3, 3);
      context.lineWidth = 3;
      context.strokeStyle = colours.land;
      const name = city[this.words.language];
      context.strokeText(name, x + 6, y);
      context.fillText(name, x + 6, y);
    }
  }
}

/** The colours of the theme that holds for this element now. */
export function readColours(element: HTMLElement): MapColours {
  const style = window.getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    good: colour("good"),
    warning: colour("warning"),
    critical: colour("critical"),
    unknown: colour("unknown"),
    offline: colour("offline"),
    maintenance: colour("maintenance"),
    simulated: colour("simulated"),
    waiting: colour("accent-text"),
    surface: colour("surface-raised"),
    ink: colour("ink"),
    inkFaint: colour("ink-faint"),
    focus: colour("focus"),
    water: colour("surface-pressed"),
    land: colour("surface"),
    border: colour("line-strong"),
    font: style.fontFamily,
  };
}
