import { absenceOf, type Block, createBlock, PRESENT } from "@/contract/codec/block";
import { encodeStoredFrame } from "@/contract/codec/frame";
import { createLayout, type Dictionary } from "@/contract/codec/layout";
import type { SettledMoment } from "./settle";

/** Values of one frame at most; the codec takes twice as many. */
const VALUES_MAX = 2 ** 19;
const MOMENTS_MAX = 240;

export type TargetFrame = { block: Block; firstMoment: number; lastMoment: number; frame: Uint8Array };

/** Settled moments of one target, ascending, as self-contained frames over its dictionary. */
export function framesOf(dictionary: Dictionary, settled: readonly SettledMoment[]): TargetFrame[] {
  const recorded = settled.filter(({ entities }) => entities.size > 0);
  if (recorded.length === 0) return [];
  const layout = createLayout(dictionary);
  const most = Math.max(1, Math.min(MOMENTS_MAX, Math.floor(VALUES_MAX / layout.columns)));
  const frames: TargetFrame[] = [];
  for (let from = 0; from < recorded.length; from += most) {
    const part = recorded.slice(from, from + most);
    const moments = part.map(({ moment }) => moment);
    const block = createBlock(layout, moments);
    part.forEach(({ entities }, at) => {
      for (const [slot, readings] of entities) {
        for (const [metricIndex, reading] of readings) {
          const place = layout.columnOf(slot, metricIndex) * moments.length + at;
          block.absence[place] = typeof reading === "number" ? PRESENT : absenceOf(reading);
          if (typeof reading === "number") block.values[place] = reading;
        }
      }
    });
    frames.push({
      block,
      firstMoment: moments[0] ?? 0,
      lastMoment: moments.at(-1) ?? 0,
      frame: encodeStoredFrame(block),
    });
  }
  return frames;
}
