import { burstOf, type Chain, chainsOf, type Dark } from "./chains";
import { explain, type Tally } from "./explain";
import { FactIndex } from "./fact-index";
import { EVERYTHING_RATIO, type OutageGroup, type Peers, type Thing } from "./model";

const DAY_MS = 86_400_000;
/** Fewer than so many agents say nothing about where a fault is. */
const EVERYTHING_MIN = 3;

/**
 * Puts what is dark into outages: those that fell silent together are tried against every fact that they share, and the
 * fact, or two, that tells best who is dark and who is not gives the outage its name. What nothing explains stays by
 * itself, unless so many at one moment are no chance. The same things give the same answer in any order of rows with
 * equal ids.
 */
export function findOutages(things: readonly Thing[]): OutageGroup[] {
  const ordered = [...things].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return new Search(ordered).run();
}

class Search {
  readonly #things: readonly Thing[];
  readonly #index: FactIndex;
  readonly #dark: Dark[];
  /** What is not dark, the longest silent first. */
  readonly #lit: number[];
  readonly #taken = new Set<number>();

  constructor(things: readonly Thing[]) {
    this.#things = things;
    this.#index = new FactIndex(things);
    this.#dark = things.flatMap(({ dark }, index) => (dark ? [{ index, spell: dark }] : []));
    this.#lit = things
      .flatMap(({ dark }, index) => (dark ? [] : [index]))
      .sort((a, b) => this.#heard(a) - this.#heard(b) || a - b);
  }

  #heard(index: number): number {
    return this.#things[index]?.heardMs ?? 0;
  }

  run(): OutageGroup[] {
    const chains = chainsOf(this.#dark);
    const tally: Tally = { total: 0, keys: new Map() };
    const count = (index: number, by: number) => {
      tally.total += by;
      for (const key of this.#index.keysOf(index)) tally.keys.set(key, (tally.keys.get(key) ?? 0) + by);
    };
    for (const index of this.#lit) count(index, 1);
    const groups: OutageGroup[] = [];
    const left: { chain: Chain; rest: Dark[] }[] = [];
    // The latest first: what fell silent later was still heard when the earlier ones went dark.
    for (const chain of chains.reverse()) {
      const undecided = this.#undecidedAt(chain);
      for (const index of undecided) count(index, -1);
      const rest = this.#judge(chain, undecided, tally, groups);
      for (const index of undecided) count(index, 1);
      for (const { index } of chain.near) count(index, 1);
      left.push({ chain, rest });
    }
    this.#findBursts(left, groups);
    return groups.sort((a, b) => a.fromMs - b.fromMs || ((a.memberIds[0] ?? "") < (b.memberIds[0] ?? "") ? -1 : 1));
  }

  /** Last heard before the chain's end and not dark by their own rule: nobody can say yet. */
  #undecidedAt(chain: Chain): number[] {
    let low = 0;
    let high = this.#lit.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#heard(this.#lit[middle] ?? 0) <= chain.toMs) low = middle + 1;
      else high = middle;
    }
    return this.#lit.slice(0, low);
  }

  #judge(chain: Chain, undecided: readonly number[], tally: Tally, groups: OutageGroup[]): Dark[] {
    let rest = [...chain.near, ...chain.wide].filter(({ index }) => !this.#taken.has(index));
    const decided = rest.length + tally.total;
    const isAll = rest.length >= EVERYTHING_RATIO * decided && decided >= (decided + undecided.length) / 10;
    if (rest.length >= EVERYTHING_MIN && isAll) {
      groups.push(this.#groupOf("everything", rest, chain, { undecided }));
      return [];
    }
    while (rest.length >= 2) {
      const found = explain(rest, tally, this.#index);
      if (!found) break;
      const members = rest.filter(({ index }) => this.#index.has(index, found.key) === true);
      const maybe = rest.filter(({ index }) => this.#index.has(index, found.key) === null);
      groups.push(this.#groupOf("factor", members, chain, { undecided, maybe, found }));
      const gone = new Set([...members, ...maybe].map(({ index }) => index));
      rest = rest.filter(({ index }) => !gone.has(index));
    }
    return rest;
  }

  #findBursts(left: readonly { chain: Chain; rest: readonly Dark[] }[], groups: OutageGroup[]): void {
    for (const { chain } of left) {
      const rest = chain.near.filter(({ index }) => !this.#taken.has(index));
      if (rest.length < EVERYTHING_MIN) continue;
      const isOfDay = ({ spell }: Dark) => Math.abs(spell.fromMs - chain.fromMs) <= DAY_MS / 2;
      const others = this.#dark.filter((one) => !this.#taken.has(one.index) && isOfDay(one)).length;
      const burst = burstOf(rest, others);
      if (burst.length > 0) groups.push(this.#groupOf("none", burst, chain, { undecided: this.#undecidedAt(chain) }));
    }
  }

  #groupOf(
    cause: OutageGroup["cause"],
    members: readonly Dark[],
    chain: Chain,
    more: { undecided: readonly number[]; maybe?: readonly Dark[]; found?: ReturnType<typeof explain> },
  ): OutageGroup {
    const { maybe = [], found = null } = more;
    for (const { index } of [...members, ...maybe]) this.#taken.add(index);
    const isPeer = (index: number) => !found || this.#index.has(index, found.key) === true;
    const peers = this.#peersOf(members, chain, isPeer);
    const idsOf = (some: readonly Dark[]) => some.flatMap(({ index }) => this.#things[index]?.id ?? []).sort();
    return {
      cause,
      factors: found?.best.factors ?? [],
      confidence: found?.confidence ?? (cause === "everything" && peers.things.answering === 0 ? "strong" : "likely"),
      memberIds: idsOf(members),
      maybeIds: idsOf(maybe),
      fromMs: Math.min(...members.map(({ spell }) => spell.fromMs)),
      toMs: Math.max(...members.map(({ spell }) => spell.toMs)),
      evidence: found?.evidence ?? [],
      ...peers,
    };
  }

  /** How many things and sites share what the outage is named by, by what is known of them. */
  #peersOf(
    members: readonly Dark[],
    chain: Chain,
    isPeer: (index: number) => boolean,
  ): { things: Peers; sites: Peers } {
    const things: Peers = { dark: members.length, answering: 0, undecided: 0 };
    const bySite = new Map<string, keyof Peers>();
    const siteOf = (index: number) => this.#things[index]?.facts.site ?? this.#things[index]?.id ?? "";
    for (const { index } of members) bySite.set(siteOf(index), "dark");
    const own = new Set(members.map(({ index }) => index));
    for (let index = 0; index < this.#things.length; index++) {
      const thing = this.#things[index];
      if (!thing || own.has(index) || !isPeer(index)) continue;
      if (thing.dark && thing.dark.fromMs <= chain.toMs) continue; // dark before, or of another outage
      const state = thing.heardMs > chain.toMs ? "answering" : "undecided";
      things[state] += 1;
      const site = siteOf(index);
      if (state === "answering" || !bySite.has(site)) bySite.set(site, state);
    }
    const sites: Peers = { dark: 0, answering: 0, undecided: 0 };
    for (const state of bySite.values()) sites[state] += 1;
    return { things, sites };
  }
}
