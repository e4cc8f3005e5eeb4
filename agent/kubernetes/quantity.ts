/** Powers of ten and of two. */
const DECIMAL: Record<string, number> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY: Record<string, number> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+)|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/;

/**
 * The number that a Kubernetes quantity means (apimachinery, resource.Quantity): "1.5Gi" is 1610612736, "250m" is 0.25.
 * @returns undefined when it is none
 */
export function parseQuantity(value: string | number): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  const match = QUANTITY.exec(value.trim());
  if (!match) return undefined;
  const [, digits = "", exponent, suffix = ""] = match;
  const power = exponent === undefined ? DECIMAL[suffix] : Number(exponent);
  // As text: 3800 times a thousandth is not 3.8.
  if (power !== undefined) return Number(`${digits}e${power}`);
  return Number(digits) * 2 ** (BINARY[suffix] ?? 0);
}
