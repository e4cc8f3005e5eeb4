import { type DarkSpell, LOG_CHANCE_MAX, TOGETHER_MS } from "./model";
import { logPoissonTail } from "./statistics";

/** A dark thing by its place in the list of things. */
export type Dark = { index: number; spell: DarkSpell };
/** Things that fell silent one shortly after the other, and what may belong to them: those whose spell is too wide to say. */
export type Chain = { fromMs: number; toMs: number; near: Dark[]; wide: Dark[] };

const isWide = ({ spell }: Dark) => spell.toMs - spell.fromMs > TOGETHER_MS;

/**
 * Puts dark things into order of time: a new chain begins where nothing fell silent for two minutes, so that an outage
 * that rolls from site to site stays one. What reports rarely may be of every chain that its spell touches; what touches
 * none makes chains of its own, each with a moment that is common to all of it. O(n log n) but for wide ones.
 */
export function chainsOf(dark: readonly Dark[]): Chain[] {
  const inOrder = [...dark].sort((a, b) => a.spell.fromMs - b.spell.fromMs || a.index - b.index);
  const chains: Chain[] = [];
  for (const one of inOrder.filter((each) => !isWide(each))) {
    const last = chains.at(-1);
    if (last && one.spell.fromMs - last.toMs <= TOGETHER_MS) {
      last.near.push(one);
      last.toMs = Math.max(last.toMs, one.spell.toMs);
    } else {
      chains.push({ fromMs: one.spell.fromMs, toMs: one.spell.toMs, near: [one], wide: [] });
    }
  }
  const alone: Chain[] = [];
  for (const one of inOrder.filter(isWide)) {
    const touched = chains.filter((chain) => touches(one.spell, chain));
    for (const chain of touched) chain.wide.push(one);
    if (touched.length > 0) continue;
    const last = alone.at(-1);
    if (last && one.spell.fromMs < last.toMs) {
      last.near.push(one);
      last.fromMs = one.spell.fromMs;
      last.toMs = Math.min(last.toMs, one.spell.toMs);
    } else {
      alone.push({ fromMs: one.spell.fromMs, toMs: one.spell.toMs, near: [one], wide: [] });
    }
  }
  return [...chains, ...alone].sort((a, b) => a.fromMs - b.fromMs);
}

const touches = (spell: DarkSpell, chain: Chain) =>
  spell.fromMs <= chain.toMs + TOGETHER_MS && spell.toMs >= chain.fromMs - TOGETHER_MS;

const DAY_MS = 86_400_000;
const BURST_MIN = 3;

/**
 * The most things of a chain that fell silent within two minutes, when so many at once are no chance at the rate at which
 * all others without a known cause do (a scan statistic with Poisson's tail, times the number of such windows in a day).
 *
 * @param othersPerDay other things that fell silent within a day and that nothing explains
 */
export function burstOf(rest: readonly Dark[], othersPerDay: number): Dark[] {
  const inOrder = [...rest].sort((a, b) => a.spell.fromMs - b.spell.fromMs || a.index - b.index);
  let best: Dark[] = [];
  let from = 0;
  for (let to = 0; to < inOrder.length; to++) {
    const end = inOrder[to]?.spell.fromMs ?? 0;
    while ((inOrder[from]?.spell.fromMs ?? end) < end - TOGETHER_MS) from += 1;
    if (to - from + 1 > best.length) best = inOrder.slice(from, to + 1);
  }
  if (best.length < BURST_MIN) return [];
  const windows = DAY_MS / TOGETHER_MS;
  const others = Math.max(1, othersPerDay - best.length);
  return logPoissonTail(best.length, others / windows) + Math.log(windows) < LOG_CHANCE_MAX ? best : [];
}
