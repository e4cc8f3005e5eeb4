/**
 * Label selectors: the one way to say "these sites". Grammar and meaning are those of Kubernetes label selectors
 * (kubernetes.io, "Labels and Selectors"): requirements separated by commas, all must hold.
 *
 *   region=north          region==north      tier in (edge, far)
 *   region!=north         tier notin (lab)   gpu (has it)          !test (does not have it)
 *
 * `!=` and `notin` also match where the label is missing, as in Kubernetes.
 */
export type SelectorRequirement =
  | { key: string; operator: "in" | "notin"; values: string[] }
  | { key: string; operator: "exists" | "absent" };

export class SelectorError extends Error {
  override readonly name = "SelectorError";
  constructor(
    /** Character position in the text, from 0. */
    readonly position: number,
    readonly found: string,
    readonly expected: string,
  ) {
    super(`Selector: found ${found} at character ${position + 1}, expected ${expected}`);
  }
}

/** Label names: letters, digits, `-`, `_`, `.` and one `/`, at most 100 characters. */
export const LABEL_KEY_PATTERN = /^[A-Za-z0-9]([A-Za-z0-9_./-]{0,98}[A-Za-z0-9])?$/;
/** Label values: as names, without `/`, may be empty. */
export const LABEL_VALUE_PATTERN = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,98}[A-Za-z0-9])?)?$/;

type Token = { text: string; at: number };

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s+|(==|!=|[=!,()])|([A-Za-z0-9_./-]+)|(.)/gy;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    if (match[3]) throw new SelectorError(match.index, `"${match[3]}"`, "a label, an operator or a comma");
    const token = match[1] ?? match[2];
    if (token) tokens.push({ text: token, at: match.index });
  }
  return tokens;
}

/**
 * Reads a selector. An empty text selects everything and gives no requirements.
 * @throws SelectorError with the position, what was found and what was expected
 */
export function parseSelector(text: string): SelectorRequirement[] {
  const tokens = tokenize(text);
  const requirements: SelectorRequirement[] = [];
  let next = 0;
  const peek = () => tokens[next];
  const fail = (expected: string): never => {
    const token = peek();
    throw new SelectorError(token?.at ?? text.length, token ? `"${token.text}"` : "the end", expected);
  };
  const take = (pattern: RegExp, expected: string): string => {
    const token = peek();
    if (!token || !pattern.test(token.text)) return fail(expected);
    next += 1;
    return token.text;
  };
  const takeValues = (): string[] => {
    take(/^\($/, '"("');
    const values = [take(LABEL_VALUE_PATTERN, "a value")];
    while (peek()?.text === ",") {
      next += 1;
      values.push(take(LABEL_VALUE_PATTERN, "a value"));
    }
    take(/^\)$/, '"," or ")"');
    return values;
  };

  while (next < tokens.length) {
    if (peek()?.text === "!") {
      next += 1;
      requirements.push({ key: take(LABEL_KEY_PATTERN, "a label name"), operator: "absent" });
    } else {
      const key = take(LABEL_KEY_PATTERN, "a label name");
      const operator = peek()?.text;
      if (operator === undefined || operator === ",") {
        requirements.push({ key, operator: "exists" });
      } else if (operator === "=" || operator === "==" || operator === "!=") {
        next += 1;
        const values = [take(LABEL_VALUE_PATTERN, "a value")];
        requirements.push({ key, operator: operator === "!=" ? "notin" : "in", values });
      } else if (operator === "in" || operator === "notin") {
        next += 1;
        requirements.push({ key, operator, values: takeValues() });
      } else {
        fail('"=", "!=", "in", "notin" or ","');
      }
    }
    if (next < tokens.length) {
      take(/^,$/, '","');
      if (next === tokens.length) fail("a label name");
    }
  }
  return requirements;
}

/** True when all requirements hold for these labels. */
export function matchesSelector(
  requirements: readonly SelectorRequirement[],
  labels: Readonly<Record<string, string>>,
): boolean {
  return requirements.every((requirement) => matchesRequirement(requirement, labels));
}

function matchesRequirement(requirement: SelectorRequirement, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
  switch (requirement.operator) {
    case "exists":
      return value !== undefined;
    case "absent":
      return value === undefined;
    case "in":
      return value !== undefined && requirement.values.includes(value);
    case "notin":
      return value === undefined || !requirement.values.includes(value);
  }
}
