import { FACTS, type FactType, isPlainVersion, quantityOf, type SubjectKind, versionParts } from "./facts";

/**
 * Selectors: the one way to say "these sites", "these clusters". Grammar and meaning of labels are those of Kubernetes
 * label selectors (kubernetes.io, "Labels and Selectors"): requirements separated by commas, all must hold.
 *
 *   region=north          region==north      tier in (edge, far)
 *   region!=north         tier notin (lab)   gpu (has it)          !test (does not have it)
 *
 * `!=` and `notin` also match where the label is missing, as in Kubernetes. A thing has its own labels and, under names
 * that it does not have itself, those of its site (an application: of its cluster, then of the site).
 *
 * With `@` a requirement is about a fact (`facts.ts`) and may compare:
 *
 *   @health=failed        @distribution in (k3s, rke2)    @version < 1.31    @memory >= 16Gi    !@carrier (unknown)
 *
 * A fact that is unknown matches neither `=` and `in` nor a comparison; `!=` and `notin` are the opposite of `=` and `in`.
 * Quoted text is exactly that text: `@version="v1.31.2+k3s1"`, `@owner="Stadtwerke Kiel"`.
 */
export type SelectorRequirement =
  | { key: string; operator: "in" | "notin"; values: string[] }
  | { key: string; operator: "exists" | "absent" }
  | { fact: FactType; key: string; operator: "in" | "notin"; values: FactValue[] }
  | { fact: FactType; key: string; operator: "exists" | "absent" }
  | { fact: FactType; key: string; operator: Comparison; value: string };
export type FactValue = { text: string; isQuoted: boolean };
export const COMPARISONS = ["<", "<=", ">", ">="] as const;
export type Comparison = (typeof COMPARISONS)[number];

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
/** What of a fact can be written without quotes. */
const FACT_WORD_PATTERN = /^[A-Za-z0-9-][A-Za-z0-9_./+:%-]*$/;

type Token = { text: string; at: number };

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s+|(==|!=|<=|>=|[=!<>,()])|("(?:[^"\\]|\\["\\])*")|(@?[A-Za-z0-9_./+:%-]+)|(.)/gsy;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    if (match[4] === '"') throw new SelectorError(match.index, '"""', "a closing quote");
    if (match[4]) throw new SelectorError(match.index, `"${match[4]}"`, "a label, an operator or a comma");
    const token = match[1] ?? match[2] ?? match[3];
    if (token) tokens.push({ text: token, at: match.index });
  }
  return tokens;
}

const isComparison = (text: string | undefined): text is Comparison => COMPARISONS.some((sign) => sign === text);
const unquote = (text: string): string => text.slice(1, -1).replaceAll(/\\(["\\])/g, "$1");

class Reader {
  private readonly tokens: Token[];
  private next = 0;

  constructor(
    private readonly text: string,
    private readonly kind: SubjectKind,
  ) {
    this.tokens = tokenize(text);
  }

  private peek = (): string | undefined => this.tokens[this.next]?.text;

  private fail(expected: string): never {
    const token = this.tokens[this.next];
    throw new SelectorError(token?.at ?? this.text.length, token ? `"${token.text}"` : "the end", expected);
  }

  private take(pattern: RegExp, expected: string): string {
    const token = this.peek();
    if (token === undefined || !pattern.test(token)) return this.fail(expected);
    this.next += 1;
    return token;
  }

  private takeList<V>(takeOne: () => V): V[] {
    this.take(/^\($/, '"("');
    const values = [takeOne()];
    while (this.peek() === ",") {
      this.next += 1;
      values.push(takeOne());
    }
    this.take(/^\)$/, '"," or ")"');
    return values;
  }

  /** An empty value can only be written in quotes. */
  private takeLabelValue = (): string => {
    const token = this.peek();
    if (!token?.startsWith('"')) return this.take(LABEL_VALUE_PATTERN, "a value");
    if (!LABEL_VALUE_PATTERN.test(unquote(token))) this.fail("a value");
    this.next += 1;
    return unquote(token);
  };

  private takeFactValue(type: FactType): FactValue {
    const token = this.peek();
    if (token?.startsWith('"') && type !== "number") {
      this.next += 1;
      return { text: unquote(token), isQuoted: true };
    }
    if (type === "number" && (token === undefined || quantityOf(token) === null)) this.fail("a number");
    return { text: this.take(FACT_WORD_PATTERN, "a value"), isQuoted: false };
  }

  private takeFactName(): { key: string; fact: FactType } {
    const key = (this.peek() ?? "").slice(1);
    const facts: Readonly<Record<string, FactType>> = FACTS[this.kind];
    const fact = Object.hasOwn(facts, key) ? facts[key] : undefined;
    if (fact === undefined) return this.fail("a known fact");
    this.next += 1;
    return { key, fact };
  }

  private ofFact(): SelectorRequirement {
    const named = this.takeFactName();
    const operator = this.peek();
    if (operator === undefined || operator === ",") return { ...named, operator: "exists" };
    const takeOne = () => this.takeFactValue(named.fact);
    if (operator === "=" || operator === "==" || operator === "!=") {
      this.next += 1;
      return { ...named, operator: operator === "!=" ? "notin" : "in", values: [takeOne()] };
    }
    if (operator === "in" || operator === "notin") {
      this.next += 1;
      return { ...named, operator, values: this.takeList(takeOne) };
    }
    if (named.fact === "text" || !isComparison(operator)) {
      return this.fail(
        named.fact === "text"
          ? '"=", "!=", "in", "notin" or ","'
          : '"=", "!=", "<", "<=", ">", ">=", "in", "notin" or ","',
      );
    }
    this.next += 1;
    const word = this.peek();
    if (named.fact === "version" && (word === undefined || !isPlainVersion(word))) this.fail("a version like 1.31");
    return { ...named, operator, value: takeOne().text };
  }

  private ofLabel(): SelectorRequirement {
    const key = this.take(LABEL_KEY_PATTERN, "a label name");
    const operator = this.peek();
    if (operator === undefined || operator === ",") return { key, operator: "exists" };
    if (operator === "=" || operator === "==" || operator === "!=") {
      this.next += 1;
      return { key, operator: operator === "!=" ? "notin" : "in", values: [this.takeLabelValue()] };
    }
    if (operator === "in" || operator === "notin") {
      this.next += 1;
      return { key, operator, values: this.takeList(this.takeLabelValue) };
    }
    return this.fail('"=", "!=", "in", "notin" or ","');
  }

  private one(): SelectorRequirement {
    if (this.peek() === "!") {
      this.next += 1;
      if (this.peek()?.startsWith("@")) return { ...this.takeFactName(), operator: "absent" };
      return { key: this.take(LABEL_KEY_PATTERN, "a label name"), operator: "absent" };
    }
    return this.peek()?.startsWith("@") ? this.ofFact() : this.ofLabel();
  }

  all(): SelectorRequirement[] {
    const requirements: SelectorRequirement[] = [];
    while (this.next < this.tokens.length) {
      requirements.push(this.one());
      if (this.next < this.tokens.length) {
        this.take(/^,$/, '","');
        if (this.next === this.tokens.length) this.fail("a label name");
      }
    }
    return requirements;
  }
}

/**
 * Reads a selector. An empty text selects everything and gives no requirements.
 * @param kind of the things that are selected; it says which facts there are
 * @throws SelectorError with the position, what was found and what was expected
 */
export function parseSelector(text: string, kind: SubjectKind = "site"): SelectorRequirement[] {
  return new Reader(text, kind).all();
}

/** A fact's value in the form that a selector has it in; quoted where a bare word would mean something else. */
export function factValueOf(text: string, type: FactType): FactValue {
  const isBare = FACT_WORD_PATTERN.test(text) && (type !== "version" || !isPlainVersion(text));
  return { text, isQuoted: type !== "number" && !isBare };
}

const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;

/** A value of a label (a text) or of a fact as it is written. */
export function formatValue(value: string | FactValue): string {
  if (typeof value === "string") return value === "" ? '""' : value;
  return value.isQuoted ? quote(value.text) : value.text;
}

/** One requirement as it is written. */
export function formatRequirement(requirement: SelectorRequirement): string {
  const name = "fact" in requirement ? `@${requirement.key}` : requirement.key;
  switch (requirement.operator) {
    case "exists":
      return name;
    case "absent":
      return `!${name}`;
    case "in":
    case "notin": {
      const values = requirement.values.map(formatValue);
      if (values.length === 1) return `${name}${requirement.operator === "in" ? "=" : "!="}${values[0]}`;
      return `${name} ${requirement.operator} (${values.join(", ")})`;
    }
    default:
      return `${name} ${requirement.operator} ${requirement.value}`;
  }
}

/** The text of a selector: what `parseSelector` reads as these requirements. */
export const formatSelector = (requirements: readonly SelectorRequirement[]): string =>
  requirements.map(formatRequirement).join(", ");

/** What a matcher has to know of a thing. A fact that is missing or null is unknown. */
export type Described = {
  labels: Readonly<Record<string, string>>;
  facts?: Readonly<Record<string, string | number | null>>;
};

/** True when all requirements hold. What the same means in SQL (`server/access/selector-sql.ts`) is tested against this. */
export function matchesSelector(requirements: readonly SelectorRequirement[], thing: Described): boolean {
  return requirements.every((requirement) => matchesRequirement(requirement, thing));
}

function matchesRequirement(requirement: SelectorRequirement, { labels, facts = {} }: Described): boolean {
  const { key, operator } = requirement;
  const of = "fact" in requirement ? facts : labels;
  const value = Object.hasOwn(of, key) ? (of[key] ?? null) : null;
  switch (operator) {
    case "exists":
      return value !== null;
    case "absent":
      return value === null;
    case "in":
    case "notin": {
      const isIn =
        value !== null &&
        requirement.values.some((wanted) =>
          typeof wanted === "string"
            ? wanted === value
            : "fact" in requirement && isSame(value, wanted, requirement.fact),
        );
      return isIn === (operator === "in");
    }
    default:
      return value !== null && compares(order(value, requirement.value, requirement.fact), operator);
  }
}

function isSame(value: string | number, wanted: FactValue, type: FactType): boolean {
  if (type === "number") return value === quantityOf(wanted.text);
  if (type === "version" && !wanted.isQuoted && isPlainVersion(wanted.text))
    return order(value, wanted.text, type) === 0;
  return value === wanted.text;
}

/** Less than, equal to or greater than 0, as the value is to what is written; null when it cannot be compared. */
function order(value: string | number, wanted: string, type: FactType): number | null {
  if (type === "number") return typeof value === "number" ? value - (quantityOf(wanted) ?? Number.NaN) : null;
  const [has, parts] = [versionParts(String(value)), versionParts(wanted)];
  if (!has || !parts) return null;
  for (const [index, part] of parts.entries()) {
    const own = has[index];
    if (own === undefined) return -1;
    if (own !== part) return own - part;
  }
  return 0;
}

function compares(difference: number | null, operator: Comparison): boolean {
  if (difference === null) return false;
  if (operator === "<") return difference < 0;
  if (operator === "<=") return difference <= 0;
  return operator === ">" ? difference > 0 : difference >= 0;
}
