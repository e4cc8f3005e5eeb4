/**
 * Five figures of whatever holds data, none of which is another: what is there (raw), what is kept back (reserved), what
 * is promised (provisioned), what is in use (used), and what can still be written (available). Null is unknown.
 */
export const FIGURES = ["rawBytes", "reservedBytes", "provisionedBytes", "usedBytes", "availableBytes"] as const;
export type FigureName = (typeof FIGURES)[number];
export type FiveFigures = Record<FigureName, number | null>;

/** How one of the figures follows from others: the sum of some less the sum of others. */
type Formula = { result: FigureName; plus: readonly FigureName[]; minus: readonly FigureName[] };

export const FORMULAS = {
  /** A pool that keeps something back: that is not available. */
  withReserve: { result: "availableBytes", plus: ["rawBytes"], minus: ["reservedBytes", "usedBytes"] },
  /** A pool that does not tell of a reserve: at most so much is available. */
  withoutReserve: { result: "availableBytes", plus: ["rawBytes"], minus: ["usedBytes"] },
  /** A filesystem or a system that tells what is available: the rest is kept back. */
  toldAvailable: { result: "reservedBytes", plus: ["rawBytes"], minus: ["usedBytes", "availableBytes"] },
} as const satisfies Record<string, Formula>;
export const FORMULA_NAMES = ["withReserve", "withoutReserve", "toldAvailable"] as const;
export type FormulaName = (typeof FORMULA_NAMES)[number];

export type Capacity = FiveFigures & {
  formula: FormulaName;
  /** Promised of what could be given (raw less reserved); over 1 more is promised than is there. Null is unknown. */
  overProvisioning: number | null;
};

/** What a formula gives of these figures; null as soon as one of them is unknown. */
export function resultOf(name: FormulaName, figures: FiveFigures): number | null {
  const { plus, minus } = FORMULAS[name];
  const sum = (names: readonly FigureName[]) =>
    names.reduce<number | null>((total, own) => {
      const value = figures[own];
      return total === null || value === null ? null : total + value;
    }, 0);
  const [more, less] = [sum(plus), sum(minus)];
  return more === null || less === null ? null : more - less;
}

/** What a system or a driver tells; what is left out is not told. */
export type Told = {
  rawBytes?: number;
  reservedBytes?: number;
  provisionedBytes?: number;
  usedBytes?: number;
  /** Not in use, whether kept back or not (Longhorn's `storageAvailable`). */
  freeBytes?: number;
  /** What can still be written, as the system itself works it out. */
  availableBytes?: number;
};

/** The five figures of what was told, and the one formula by which they add up. Nothing is guessed. */
export function capacityOf(told: Told): Capacity {
  const raw = told.rawBytes ?? null;
  const used = told.usedBytes ?? (raw === null || told.freeBytes === undefined ? null : raw - told.freeBytes);
  const figures: FiveFigures = {
    rawBytes: raw,
    reservedBytes: told.reservedBytes ?? null,
    provisionedBytes: told.provisionedBytes ?? null,
    usedBytes: used,
    availableBytes: told.availableBytes ?? null,
  };
  const formula: FormulaName =
    figures.reservedBytes !== null
      ? "withReserve"
      : figures.availableBytes !== null
        ? "toldAvailable"
        : "withoutReserve";
  const { result } = FORMULAS[formula];
  const whole = {
    ...figures,
    [result]: resultOf(formula, figures) ?? (formula === "toldAvailable" ? null : figures[result]),
  };
  return { ...whole, formula, overProvisioning: overProvisioningOf(whole) };
}

function overProvisioningOf({ rawBytes, reservedBytes, provisionedBytes }: FiveFigures): number | null {
  if (rawBytes === null || provisionedBytes === null) return null;
  const givable = rawBytes - (reservedBytes ?? 0);
  return givable > 0 ? provisionedBytes / givable : null;
}

/** The sum of a figure, and of how many of how many it is known: a sum of some is never shown as one of all. */
export type PartSum = { bytes: number; known: number; total: number };

export function partSum(values: readonly (number | null | undefined)[]): PartSum {
  const known = values.filter((value) => typeof value === "number");
  return { bytes: known.reduce((sum, value) => sum + value, 0), known: known.length, total: values.length };
}
