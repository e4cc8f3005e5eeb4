import type { Dark } from "./chains";
import type { FactIndex } from "./fact-index";
import { type Confidence, confidenceOf, type Evidence, FACTOR_KINDS, LOG_CHANCE_MAX, precisionOf } from "./model";
import { likelihoodRatio, logFisherTail } from "./statistics";

/** Things that answer: in all, and by the keys of their facts. */
export type Tally = { total: number; keys: Map<number, number> };

type Candidate = { key: number; score: number; evidence: Evidence };
export type Explanation = { key: number; best: Evidence; evidence: Evidence[]; confidence: Confidence };

/** Facts that are told of beside the one that is named. */
const EVIDENCE_MAX = 8;
/** Of two models whose scores differ by less, neither is clearly better (Kass and Raftery 1995: 2 ln B below 6). */
const RIVAL_SCORE = 6;
const PRECISION_MIN = 0.1;
/** Two machines of one site may be one outage; anything wider takes three. */
const TOGETHER_MIN = 3;

/**
 * The fact, or two together, that tells best who of a chain is dark and who is not; null when none does more than chance
 * would. Judged by the likelihood ratio less ln N for each fact that is named (the criterion of G. Schwarz 1978), so that
 * a second fact must earn its place. Whose fact is unknown counts as not having it.
 */
export function explain(rest: readonly Dark[], lit: Tally, index: FactIndex): Explanation | null {
  const shared = new Map<number, number>();
  for (const one of rest) for (const key of index.keysOf(one.index)) shared.set(key, (shared.get(key) ?? 0) + 1);
  const total = rest.length + lit.total;
  const tried = [...shared].filter(([, both]) => both >= 2);
  const candidates: Candidate[] = [];
  for (const [key, both] of tried) {
    const factors = index.factorsOf(key);
    if (both < TOGETHER_MIN && factors[0]?.kind !== "site") continue;
    const answering = lit.keys.get(key) ?? 0;
    const table = { total, dark: rest.length, having: both + answering, both };
    if (precisionOf({ dark: both, answering }) < PRECISION_MIN || both * total <= table.having * rest.length) continue;
    const logChance = Math.min(0, logFisherTail(table) + Math.log(tried.length));
    if (logChance > LOG_CHANCE_MAX) continue;
    const evidence = { factors, dark: both, answering, recall: both / rest.length, logChance, isRival: false };
    candidates.push({ key, evidence, score: likelihoodRatio(table) - factors.length * Math.log(total) });
  }
  candidates.sort((a, b) => b.score - a.score || rankOf(a) - rankOf(b) || a.key - b.key);
  const [best, ...others] = candidates.filter((one) => !isIdle(one.evidence, candidates));
  if (!best) return null;
  const evidence = others.slice(0, EVIDENCE_MAX - 1).map((other) => ({
    ...other.evidence,
    isRival: best.score - other.score < RIVAL_SCORE && !isPartOf(best.evidence, other.evidence),
  }));
  const hasRival = evidence.some(({ isRival }) => isRival);
  return {
    key: best.key,
    best: best.evidence,
    evidence: [best.evidence, ...evidence],
    confidence: confidenceOf(best.evidence, hasRival),
  };
}

/** Equal scores: fewer facts first, then the narrower kind. */
const rankOf = ({ evidence: { factors } }: Candidate) =>
  factors.length * 100 + FACTOR_KINDS.indexOf(factors[0]?.kind ?? "site");

/** Two facts of which one alone says the same: the second excludes nobody. */
function isIdle({ factors, dark, answering }: Evidence, candidates: readonly Candidate[]): boolean {
  if (factors.length === 1) return false;
  return candidates.some(
    ({ evidence: other }) =>
      other.factors.length === 1 &&
      other.dark === dark &&
      other.answering === answering &&
      factors.some(({ kind, value }) => other.factors[0]?.kind === kind && other.factors[0]?.value === value),
  );
}

/** "Carrier" is no rival of "carrier in region", nor the other way round. */
function isPartOf(a: Evidence, b: Evidence): boolean {
  const has = (one: Evidence, other: Evidence) =>
    one.factors.every(({ kind, value }) => other.factors.some((each) => each.kind === kind && each.value === value));
  return has(a, b) || has(b, a);
}
