import { FACTOR_KINDS, FACTOR_PAIRS, type Factor, type Thing } from "./model";

/** Keys of pairs are made of two numbers of values: so many values at most, all kinds together. */
const VALUES_MAX = 2 ** 24;
const PAIRS = FACTOR_PAIRS.map(([a, b]) => [FACTOR_KINDS.indexOf(a), FACTOR_KINDS.indexOf(b)] as const);

/**
 * Facts as numbers: a value of a kind has one, 0 is unknown; a key is that number, or two of them. Only keys that at
 * least two dark things share are kept, so that ten thousand things are counted in milliseconds.
 */
export class FactIndex {
  readonly #values = FACTOR_KINDS.map(() => new Map<string, number>());
  readonly #factors: Factor[] = [];
  /** The kind of each factor, by its place in FACTOR_KINDS. */
  readonly #kinds: number[] = [];
  readonly #codes: Int32Array;
  /** Null while they are counted: then each key may be shared. */
  #shared: Set<number> | null = null;
  readonly #isShared: Uint8Array;

  constructor(things: readonly Thing[]) {
    const width = FACTOR_KINDS.length;
    this.#codes = new Int32Array(things.length * width);
    things.forEach((thing, index) => {
      for (let kind = 0; kind < width; kind++) this.#codes[index * width + kind] = this.#code(kind, thing);
    });
    this.#isShared = new Uint8Array(this.#factors.length + 1).fill(1);
    const counts = new Map<number, number>();
    things.forEach(({ dark }, index) => {
      if (dark) for (const key of this.keysOf(index)) counts.set(key, (counts.get(key) ?? 0) + 1);
    });
    this.#isShared.fill(0);
    this.#shared = new Set();
    for (const [key, count] of counts) {
      if (count < 2) continue;
      this.#shared.add(key);
      if (key < VALUES_MAX) this.#isShared[key] = 1;
    }
  }

  #code(kind: number, { facts }: Thing): number {
    const name = FACTOR_KINDS[kind];
    const value = name && facts[name];
    if (!name || value === undefined) return 0;
    const values = this.#values[kind];
    let code = values?.get(value);
    if (code === undefined) {
      this.#factors.push({ kind: name, value });
      this.#kinds.push(kind);
      code = this.#factors.length;
      values?.set(value, code);
    }
    return code;
  }

  #codeAt(index: number, kind: number): number {
    return this.#codes[index * FACTOR_KINDS.length + kind] ?? 0;
  }

  /** What this thing shares with dark ones. */
  keysOf(index: number): number[] {
    const keys: number[] = [];
    for (let kind = 0; kind < FACTOR_KINDS.length; kind++) {
      const code = this.#codeAt(index, kind);
      if (code > 0 && this.#isShared[code]) keys.push(code);
    }
    for (const [a, b] of PAIRS) {
      const [left, right] = [this.#codeAt(index, a), this.#codeAt(index, b)];
      if (left === 0 || right === 0 || !this.#isShared[left] || !this.#isShared[right]) continue;
      const key = left * VALUES_MAX + right;
      if (this.#shared === null || this.#shared.has(key)) keys.push(key);
    }
    return keys;
  }

  factorsOf(key: number): Factor[] {
    const codes = key < VALUES_MAX ? [key] : [Math.floor(key / VALUES_MAX), key % VALUES_MAX];
    return codes.flatMap((code) => this.#factors[code - 1] ?? []);
  }

  /** Whether a thing has this key; null where a fact of it is unknown and the others are as they should be. */
  has(index: number, key: number): boolean | null {
    const wanted = key < VALUES_MAX ? [key] : [Math.floor(key / VALUES_MAX), key % VALUES_MAX];
    let answer: boolean | null = true;
    for (const want of wanted) {
      const kind = this.#kinds[want - 1] ?? 0;
      const code = this.#codeAt(index, kind);
      if (code === 0) answer = null;
      else if (code !== want) return false;
    }
    return answer;
  }
}
