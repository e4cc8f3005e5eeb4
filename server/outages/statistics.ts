/** Tests of whether so many with one thing in common can be chance. Pure; natural logarithms throughout. */

const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** ln Γ(x) for x ≥ 0.5 (Lanczos 1964, g = 7, n = 9; relative error below 1e-13). */
function logGamma(x: number): number {
  let sum = 0.99999999999980993;
  for (let i = 0; i < LANCZOS.length; i++) sum += (LANCZOS[i] ?? 0) / (x + i);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

const logFactorial = (n: number) => logGamma(n + 1);
const logChoose = (n: number, k: number) => logFactorial(n) - logFactorial(k) - logFactorial(n - k);

/** A fact against darkness: of `total` things `dark` are dark, `having` have the fact, `both` are both. */
export type Table = { total: number; dark: number; having: number; both: number };

/**
 * ln of the probability that `both` or more come together by chance: one-sided exact test of Fisher (R. A. Fisher 1922,
 * "On the interpretation of χ² from contingency tables", the tail of the hypergeometric distribution).
 */
export function logFisherTail({ total, dark, having, both }: Table): number {
  const most = Math.min(dark, having);
  const all = logChoose(total, dark);
  let log = Number.NEGATIVE_INFINITY;
  for (let k = Math.max(both, dark + having - total); k <= most; k++) {
    const term = logChoose(having, k) + logChoose(total - having, dark - k) - all;
    log = Math.max(log, term) + Math.log1p(Math.exp(-Math.abs(log - term)));
    // Past the mode each term is smaller than the one before: what is left cannot change the sum.
    if (term < log - 40) break;
  }
  return Math.min(0, log);
}

const entropy = (part: number, whole: number) => (part > 0 ? part * Math.log(part / whole) : 0);

/**
 * How much better two rates of darkness (with and without the fact) tell what is seen than one: the log-likelihood ratio
 * G² = 2 ln Λ (T. Dunning 1993, "Accurate methods for the statistics of surprise and coincidence").
 */
export function likelihoodRatio({ total, dark, having, both }: Table): number {
  const without = total - having;
  const alone = dark - both;
  const two =
    entropy(both, having) +
    entropy(having - both, having) +
    entropy(alone, without) +
    entropy(without - alone, without);
  return 2 * (two - entropy(dark, total) - entropy(total - dark, total));
}

/** ln of the probability of `count` or more events where `expected` are expected (Poisson's distribution). */
export function logPoissonTail(count: number, expected: number): number {
  let term = count * Math.log(expected) - expected - logFactorial(count);
  let log = term;
  for (let k = count + 1; term > log - 40; k++) {
    term += Math.log(expected / k);
    log += Math.log1p(Math.exp(term - log));
  }
  return Math.min(0, log);
}
