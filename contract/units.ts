/**
 * Figures for the eye: a number and its unit apart, so that a screen can draw the unit smaller.
 * Binary units (IEC 80000-13) for what is stored, decimal ones (SI) for bits on a line, watts and joules.
 */
export type QuantityParts = {
  /** The number in the language's own digits, for example `1,24`. */
  value: string;
  /** For example `GiB`; empty for a count. */
  unit: string;
};

/**
 * What a number means. `ratio` is 0 to 1 and shown as percent; `joules` are shown as watt-hours;
 * `seconds` is a duration; `perSecond` counts events.
 */
export const QUANTITY_KINDS = [
  "bytes",
  "bytesPerSecond",
  "bitsPerSecond",
  "ratio",
  "watts",
  "joules",
  "celsius",
  "seconds",
  "count",
  "perSecond",
] as const;
export type QuantityKind = (typeof QUANTITY_KINDS)[number];

/** A unit and how many of the base unit one of it is. */
export type QuantityScale = { unit: string; factor: number };

const KIBI = 1024;
const JOULES_PER_WATT_HOUR = 3600;

const binary = (suffix: string): QuantityScale[] =>
  ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"].map((unit, power) => ({
    unit: unit + suffix,
    factor: KIBI ** power,
  }));
const decimal = (unit: string, prefixes: string, base = 1): QuantityScale[] =>
  ["", ...prefixes].map((prefix, power) => ({ unit: prefix + unit, factor: base * 1000 ** power }));

/** The units of each kind, smallest first. */
const SCALES: Record<QuantityKind, readonly QuantityScale[]> = {
  bytes: binary(""),
  bytesPerSecond: binary("/s"),
  bitsPerSecond: decimal("bit/s", "kMGT"),
  ratio: [{ unit: "%", factor: 0.01 }],
  watts: decimal("W", "kMG"),
  joules: decimal("Wh", "kMG", JOULES_PER_WATT_HOUR),
  celsius: [{ unit: "°C", factor: 1 }],
  seconds: [
    { unit: "s", factor: 1 },
    { unit: "min", factor: 60 },
    { unit: "h", factor: 3600 },
    { unit: "d", factor: 86_400 },
  ],
  count: [{ unit: "", factor: 1 }],
  perSecond: [{ unit: "/s", factor: 1 }],
};

const formats = new Map<string, Intl.NumberFormat>();

function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  const format = formats.get(key) ?? new Intl.NumberFormat(locale, options);
  formats.set(key, format);
  return format;
}

/** The unit in which a value of this size reads best; for an axis, ask with its largest value. */
export function quantityScale(kind: QuantityKind, value: number): QuantityScale {
  const scales = SCALES[kind];
  const size = Math.abs(value);
  // Rounding to three figures must not carry into the next unit: 1,023.9 MiB is shown as 1 GiB.
  const fits = scales.filter((scale, index) => index === 0 || size >= scale.factor * (kind === "seconds" ? 1 : 0.9995));
  return fits.at(-1) ?? { unit: "", factor: 1 };
}

/** Three figures for a value in its unit; never more decimals than that, and whole numbers from 100 on. */
function threeFigures(value: number, locale: string): string {
  const size = Math.abs(value);
  const maximumFractionDigits = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  return numberFormat(locale, { maximumFractionDigits }).format(value);
}

/** Percent with one decimal where that decimal matters; 99.96 % is never shown as 100 %, nor 0.04 % as 0 %. */
function percent(value: number, locale: string): string {
  if (value > 0 && value < 0.1) return `<${numberFormat(locale, { minimumFractionDigits: 1 }).format(0.1)}`;
  const isEdge = value < 10 || (value > 99 && value < 100);
  const shown = value > 99.9 && value < 100 ? 99.9 : value;
  return numberFormat(locale, { maximumFractionDigits: isEdge ? 1 : 0 }).format(shown);
}

/** A number written in a given unit, without that unit: axis ticks share one. */
export function formatInScale(kind: QuantityKind, value: number, scale: QuantityScale, locale: string): string {
  const scaled = value / scale.factor;
  if (kind === "ratio") return percent(scaled, locale);
  if (kind === "celsius") return numberFormat(locale, { maximumFractionDigits: 1 }).format(scaled);
  if (kind === "count") return numberFormat(locale, { maximumFractionDigits: 2 }).format(scaled);
  return threeFigures(scaled, locale);
}

/** A duration in at most two units: `3 d 4 h`, `2 h 5 min`, `1 min 30 s`, `12 s`. */
function durationParts(seconds: number, locale: string): QuantityParts[] {
  const whole = numberFormat(locale, { maximumFractionDigits: 0 });
  const isNegative = seconds < 0;
  const size = Math.floor(Math.abs(seconds));
  const scale = quantityScale("seconds", size);
  const large = Math.floor(size / scale.factor);
  const parts: QuantityParts[] = [{ value: whole.format(isNegative ? -large : large), unit: scale.unit }];
  const next = SCALES.seconds.findLast((smaller) => smaller.factor < scale.factor);
  if (next) {
    const rest = Math.floor((size - large * scale.factor) / next.factor);
    if (rest > 0) parts.push({ value: whole.format(rest), unit: next.unit });
  }
  return parts;
}

/**
 * A figure of this kind in its best unit, as number and unit apart; a duration may have two parts.
 * `locale` is a BCP 47 tag. Unknown is not a number: the caller shows it as unknown and does not come here.
 * @throws RangeError for a value that is not finite
 */
export function quantityParts(kind: QuantityKind, value: number, locale: string): QuantityParts[] {
  if (!Number.isFinite(value)) throw new RangeError(`A quantity of kind ${kind} is ${value}, expected a finite number`);
  if (kind === "seconds") return durationParts(value, locale);
  const scale = quantityScale(kind, value);
  return [{ value: formatInScale(kind, value, scale, locale), unit: scale.unit }];
}

/** The same as one text, with a narrow no-break space between number and unit. */
export function quantityText(kind: QuantityKind, value: number, locale: string): string {
  return quantityParts(kind, value, locale)
    .map((part) => (part.unit ? `${part.value}\u202f${part.unit}` : part.value))
    .join(" ");
}
