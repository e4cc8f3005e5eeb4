/** The words of outages. Pure: screens import them too. */

/** What things can have in common, the narrowest first: of two that explain the same, the first is named. */
export const FACTOR_KINDS = [
  "site",
  "powerFeed",
  "carrier",
  "region",
  "country",
  "provider",
  "distribution",
  "agentVersion",
  "operatingSystem",
] as const;
export type FactorKind = (typeof FACTOR_KINDS)[number];

/** Facts of one thing; what is missing is unknown. `site` is the site's id. */
export type Facts = Partial<Record<FactorKind, string>>;
export type Factor = { kind: FactorKind; value: string };

/** Facts that together say more than each alone. */
export const FACTOR_PAIRS: readonly (readonly [FactorKind, FactorKind])[] = [
  ["carrier", "region"],
  ["powerFeed", "region"],
  ["provider", "region"],
  ["distribution", "region"],
  ["agentVersion", "region"],
  ["carrier", "agentVersion"],
  ["provider", "distribution"],
];

/**
 * `factor`: what is named explains it; `everything`: nothing answers, so the fault is most likely on this side;
 * `none`: so many at one moment are no chance, and nothing is known that they share.
 */
export const OUTAGE_CAUSES = ["factor", "everything", "none"] as const;
export type OutageCause = (typeof OUTAGE_CAUSES)[number];

/** How far the name can be trusted. */
export const CONFIDENCES = ["strong", "likely", "possible"] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** One agent as the search for outages sees it. Times in milliseconds since 1970. */
export type Thing = {
  id: string;
  facts: Facts;
  /** When it was last heard. */
  heardMs: number;
  /** Between which moments it fell silent; null for one that is not dark. */
  dark: DarkSpell | null;
};

/** It was heard at `fromMs`, and at `toMs`, one interval later, it would have been heard again. */
export type DarkSpell = { fromMs: number; toMs: number };

/** A fact, or two together, against what went dark at this moment. */
export type Evidence = {
  factors: Factor[];
  /** Things that share it and went dark. */
  dark: number;
  /** Things that share it and were heard after the others went dark. */
  answering: number;
  /** Share of what went dark here that has it: how much it explains. */
  recall: number;
  /** ln of the probability that this is chance, times how many facts were tried (Bonferroni). */
  logChance: number;
  /** Explains it about as well as the one that is named: the two cannot be told apart. */
  isRival: boolean;
};

/** Sites or things that share the cause. */
export type Peers = {
  dark: number;
  answering: number;
  /** Last heard before the outage, but their own interval is too long to say yet. */
  undecided: number;
};

export type OutageGroup = {
  cause: OutageCause;
  /** Empty unless the cause is a factor. */
  factors: Factor[];
  confidence: Confidence;
  memberIds: string[];
  /** Went dark at the same moment and have what is known of the factor, but one fact of it is unknown of them. */
  maybeIds: string[];
  fromMs: number;
  toMs: number;
  evidence: Evidence[];
  things: Peers;
  /** A site is dark when nothing at it answers. */
  sites: Peers;
};

/** Two moments so near to each other belong together: milliseconds. */
export const TOGETHER_MS = 120_000;
/** Share of all that must be dark before the fault is looked for on this side. */
export const EVERYTHING_RATIO = 0.9;
/** ln of the probability, over all facts that were tried, above which a coincidence stays one. */
export const LOG_CHANCE_MAX = Math.log(1e-3);

export const factorsKey = (factors: readonly Factor[]) =>
  factors.map(({ kind, value }) => `${kind} ${value}`).join(" + ");

/** Share of those with the factor that are dark. */
export const precisionOf = ({ dark, answering }: { dark: number; answering: number }) =>
  dark + answering > 0 ? dark / (dark + answering) : 0;

/** In words: how rare such a coincidence is, and how much of what shares the factor is dark. */
export function confidenceOf(evidence: Evidence, hasRival: boolean): Confidence {
  const precision = precisionOf(evidence);
  if (!hasRival && evidence.logChance < Math.log(1e-6) && precision >= 0.8) return "strong";
  return !hasRival && evidence.logChance < Math.log(1e-4) && precision >= 0.5 ? "likely" : "possible";
}
