import { type Block, createBlock, ENTITY_ABSENT, PRESENT } from "@/contract/codec/block";
import type { Layout } from "@/contract/codec/layout";

/**
 * Fewer moments for the same time: gauges as means, growths and their spans added up, so that every sum stays what it
 * was. Each group keeps its last moment, which is one that was there before.
 * @param seconds width of a group, counted from 1970
 */
export function thinBlock(block: Block, seconds: number): Block {
  const { layout, moments, values, absence } = block;
  const groups: number[][] = [];
  let before = Number.NaN;
  moments.forEach((moment, at) => {
    const group = Math.floor(moment / seconds);
    if (group === before) groups.at(-1)?.push(at);
    else groups.push([at]);
    before = group;
  });
  const thinned = createBlock(
    layout,
    groups.map((group) => moments[group.at(-1) ?? 0] ?? 0),
  );
  for (let column = 0; column < layout.columns; column += 1) {
    const metric = layout.metricOf(column);
    const isSummed = metric.kind === "counter" || metric.name === "spanSeconds";
    const from = column * moments.length;
    groups.forEach((group, place) => {
      const to = column * groups.length + place;
      const present = group.filter((at) => absence[from + at] === PRESENT);
      if (present.length === 0) {
        const told = group.findLast((at) => absence[from + at] !== ENTITY_ABSENT);
        thinned.absence[to] = told === undefined ? ENTITY_ABSENT : (absence[from + told] ?? ENTITY_ABSENT);
        return;
      }
      const sum = present.reduce((total, at) => total + (values[from + at] ?? 0), 0);
      thinned.absence[to] = PRESENT;
      thinned.values[to] = isSummed
        ? sum
        : metric.kind === "double"
          ? (values[from + (present.at(-1) ?? 0)] ?? 0)
          : Math.round(sum / present.length);
    });
  }
  return thinned;
}

/** Blocks of one layout behind each other, with moments that ascend. */
export function joinBlocks(layout: Layout, parts: readonly Block[]): Block {
  const joined = createBlock(
    layout,
    parts.flatMap(({ moments }) => moments),
  );
  const width = joined.moments.length;
  let at = 0;
  for (const { moments, values, absence } of parts) {
    for (let column = 0; column < layout.columns; column += 1) {
      const from = column * moments.length;
      joined.values.set(values.subarray(from, from + moments.length), column * width + at);
      joined.absence.set(absence.subarray(from, from + moments.length), column * width + at);
    }
    at += moments.length;
  }
  return joined;
}

/** The same block at other moments. */
export const withMoments = (block: Block, moments: readonly number[]): Block => ({ ...block, moments });
