/**
 * Reads `--name value` from the command line. Every option has a default, so that a bench runs without any.
 * @throws Error in one line for an option that the bench does not have, or a value that is no number
 */
export function readOptions<Options extends Record<string, number | string>>(
  defaults: Options,
  parameters: readonly string[] = process.argv.slice(2),
): Options {
  const options: Record<string, number | string> = { ...defaults };
  for (let at = 0; at < parameters.length; at += 2) {
    const name = parameters[at]?.replace(/^--/, "") ?? "";
    const text = parameters[at + 1];
    const before = options[name];
    if (before === undefined || text === undefined) {
      const known = Object.entries(defaults).map(([known, value]) => `--${known} ${value}`);
      throw new Error(`Unknown option "${parameters[at]}"; there are (with their defaults): ${known.join(" ")}`);
    }
    const value = typeof before === "number" ? Number(text) : text;
    if (Number.isNaN(value)) throw new Error(`--${name}: found "${text}", expected a number`);
    options[name] = value;
  }
  return options as Options;
}

/** The value that so many of 100 are not above; 0 for none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
}

/** Rounded to so many significant digits, so that figures stay readable. */
export const significant = (value: number, digits = 4): number => Number(value.toPrecision(digits));
