import type { MarkState } from "@/components/ui/state-mark";
import { bubblePx, type Mark } from "./marks";
import type { World } from "./mercator";

/** Colours as the theme has them now; a canvas does not know CSS variables. */
export type MapColours = Record<MarkState, string> & {
  surface: string;
  ink: string;
  inkFaint: string;
  focus: string;
  water: string;
  land: string;
  border: string;
  font: string;
};

const TAU = 2 * Math.PI;

function polygon(
  context: CanvasRenderingContext2D,
  { x, y }: World,
  corners: readonly (readonly [number, number])[],
): void {
  context.beginPath();
  for (const [dx, dy] of corners) context.lineTo(x + dx, y + dy);
  context.closePath();
}

const hexagon = (radius: number): [number, number][] =>
  Array.from({ length: 6 }, (_, corner) => [
    radius * Math.sin((corner * TAU) / 6),
    -radius * Math.cos((corner * TAU) / 6),
  ]);

/** The same shapes as `StateMark`, `r` pixels around a point: each state is told by its outline alone. */
export function drawState(
  context: CanvasRenderingContext2D,
  state: MarkState,
  { at, r, colours }: { at: World; r: number; colours: MapColours },
): void {
  const { x, y } = at;
  context.fillStyle = colours[state];
  context.strokeStyle = colours.surface;
  context.lineWidth = 1.5;
  context.setLineDash([]);
  const circle = (radius: number) => {
    context.beginPath();
    context.arc(x, y, radius, 0, TAU);
  };
  const hollow = () => {
    context.fillStyle = colours.surface;
    context.fill();
    context.strokeStyle = colours[state];
    context.lineWidth = r / 3;
    context.stroke();
  };
  switch (state) {
    case "good":
      circle(r * 0.8);
      break;
    case "warning":
      polygon(context, at, [
        [0, -r * 1.1],
        [r * 1.1, r * 0.8],
        [-r * 1.1, r * 0.8],
      ]);
      break;
    case "critical":
      polygon(context, at, [
        [0, -r * 1.15],
        [r * 1.15, 0],
        [0, r * 1.15],
        [-r * 1.15, 0],
      ]);
      break;
    case "offline":
      circle(r * 0.85);
      hollow();
      context.beginPath();
      context.moveTo(x - r * 0.55, y + r * 0.55);
      context.lineTo(x + r * 0.55, y - r * 0.55);
      context.stroke();
      return;
    case "maintenance":
      context.beginPath();
      context.rect(x - r * 0.8, y - r * 0.8, r * 1.6, r * 1.6);
      hollow();
      context.fillStyle = colours[state];
      context.fillRect(x - r * 0.8, y - r * 0.8, r * 0.8, r * 1.6);
      return;
    case "simulated":
      polygon(context, at, hexagon(r));
      hollow();
      return;
    default:
      circle(r * 0.85);
      context.setLineDash([r / 2.2, r / 2.4]);
      hollow();
      context.setLineDash([]);
      return;
  }
  context.fill();
  context.stroke();
}

type Placed = Mark & { screen: World };

/** One thing: its shape, in a violet hexagon when it is made up. */
function drawSingle(context: CanvasRenderingContext2D, mark: Placed & { kind: "single" }, colours: MapColours): void {
  if (mark.isSimulated) {
    polygon(context, mark.screen, hexagon(11));
    context.fillStyle = colours.surface;
    context.fill();
    context.strokeStyle = colours.simulated;
    context.lineWidth = 1.5;
    context.setLineDash([]);
    context.stroke();
  }
  drawState(context, mark.state, { at: mark.screen, r: 6, colours });
}

/** Many things: how many, and the shape of the worst among them. */
function drawBubble(
  context: CanvasRenderingContext2D,
  mark: Placed & { kind: "bubble" },
  { colours, format }: { colours: MapColours; format: (count: number) => string },
): void {
  const { x, y } = mark.screen;
  const radius = bubblePx(mark.count);
  context.beginPath();
  context.arc(x, y, radius, 0, TAU);
  context.fillStyle = colours.surface;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = colours[mark.state];
  context.setLineDash(mark.state === "unknown" ? [3, 3] : []);
  context.stroke();
  context.setLineDash([]);
  context.fillStyle = colours.ink;
  context.fillText(format(mark.count), x, y + 0.5);
  drawState(context, mark.state, { at: { x: x + radius * 0.72, y: y - radius * 0.72 }, r: 5.5, colours });
}

/** Draws all marks; the chosen one gets a ring of its own. */
export function drawMarks(
  context: CanvasRenderingContext2D,
  marks: readonly Placed[],
  look: { colours: MapColours; format: (count: number) => string; isChosen: (mark: Mark) => boolean },
): void {
  context.font = `600 11px ${look.colours.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const mark of marks) {
    if (look.isChosen(mark)) {
      context.beginPath();
      context.arc(mark.screen.x, mark.screen.y, mark.kind === "bubble" ? bubblePx(mark.count) + 5 : 13, 0, TAU);
      context.lineWidth = 3;
      context.strokeStyle = look.colours.focus;
      context.setLineDash([]);
      context.stroke();
    }
    if (mark.kind === "single") drawSingle(context, mark, look.colours);
    else drawBubble(context, mark, look);
  }
}
