/** Numbers that follow from a seed alone: the same seed gives the same run on every machine. */
export type Random = {
  /** 0 ≤ x < 1 */
  next(): number;
  /** 0 to `limit` − 1. */
  below(limit: number): number;
  /** Roughly normal, mean 0, deviation 1, never beyond ±3.5. */
  normal(): number;
  /** True with this probability. */
  chance(probability: number): boolean;
};

/** Mixes whole numbers into one seed, so that (1, 2) and (2, 1) are strangers. */
export function seedOf(...parts: number[]): number {
  let mix = 0x9e3779b9;
  for (const part of parts) {
    mix = Math.imul(mix ^ (part | 0), 0x85ebca6b);
    mix ^= mix >>> 13;
    mix = Math.imul(mix, 0xc2b2ae35);
    mix ^= mix >>> 16;
  }
  return mix >>> 0;
}

/** Mulberry32: 32 bits of state, fast, good enough for noise and for choosing faults. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    below: (limit) => Math.floor(next() * limit),
    // The sum of four even numbers has the variance 1/3 around 2.
    normal: () => (next() + next() + next() + next() - 2) * Math.sqrt(3),
    chance: (probability) => next() < probability,
  };
}
