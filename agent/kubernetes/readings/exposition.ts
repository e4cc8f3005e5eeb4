import { LineCutter } from "@/agent/kubernetes/json-stream";

/** One sample of a scrape. */
export type ExpositionSample = {
  name: string;
  labels: ReadonlyMap<string, string>;
  value: number;
  /** Set where the endpoint says when it was measured; else it is now. */
  atMs: number | null;
};

/** The text is not what an exporter writes. */
export class ExpositionError extends Error {
  override readonly name = "ExpositionError";
}

const LINE_BYTES_MAX = 64 * 1024;
const SAMPLES_MAX = 100_000;
const LABELS_MAX = 64;

const NEWLINE = 0x0a;
const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const SPACE = /[ \t]*/y;
const ESCAPED = /^(?:[^"\\]|\\["\\n])*$/;
/** What Go's ParseFloat takes of what exporters write; decimal numbers only. */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const WORDS: Record<string, number> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  "+inf": Number.POSITIVE_INFINITY,
  "-inf": Number.NEGATIVE_INFINITY,
};

/**
 * Reads the samples that are wanted out of the text format 0.0.4 (Prometheus, "Exposition formats"), while it arrives.
 * Strict in what it takes: one line that is none, one series that is there twice, a text that breaks off, and nothing of
 * it is believed. Lines of other metrics are only looked at as far as their name.
 */
export class ExpositionReader {
  readonly #isWanted: (name: string) => boolean;
  readonly #samples: ExpositionSample[] = [];
  readonly #series = new Set<string>();
  readonly #cutter: LineCutter;
  #isWhole = true;
  #lines = 0;

  constructor(isWanted: (name: string) => boolean) {
    this.#isWanted = isWanted;
    this.#cutter = new LineCutter((line) => this.#take(line), LINE_BYTES_MAX);
  }

  /** @throws ExpositionError */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#cutter.push(chunk);
    this.#isWhole = chunk.at(-1) === NEWLINE;
  }

  /** @throws ExpositionError when the last line has no end: its value may have more digits */
  end(): ExpositionSample[] {
    if (!this.#isWhole) throw new ExpositionError("the text breaks off within a line");
    return this.#samples;
  }

  #take(bytes: Buffer | null): void {
    this.#lines += 1;
    if (bytes === null) throw this.#error(`has more than ${LINE_BYTES_MAX} bytes`);
    const line = bytes.toString("utf8").trim();
    if (line === "" || line.startsWith("#")) return;
    const name = NAME.exec(line)?.[0];
    const next = line[name?.length ?? 0] ?? "";
    if (!name || !["{", " ", "\t"].includes(next)) throw this.#error("is no sample of the text format");
    if (!this.#isWanted(name)) return;
    const { labels, rest } = this.#labelsOf(line, name.length);
    const [value = "", timestamp, surplus] = line
      .slice(rest)
      .trim()
      .split(/[ \t]+/);
    if (surplus !== undefined) throw this.#error("has more than a value and a time");
    this.#add({ name, labels, value: this.#numberOf(value), atMs: this.#momentOf(timestamp) });
  }

  #add(sample: ExpositionSample): void {
    const series = JSON.stringify([sample.name, ...[...sample.labels].sort(([a], [b]) => (a < b ? -1 : 1))]);
    if (this.#series.has(series)) throw this.#error(`has a series of ${sample.name} that was there before`);
    if (this.#samples.length >= SAMPLES_MAX) throw this.#error(`is beyond ${SAMPLES_MAX} samples`);
    this.#series.add(series);
    this.#samples.push(sample);
  }

  /** @param at where the name ends. @returns where the value may begin */
  #labelsOf(line: string, at: number): { labels: Map<string, string>; rest: number } {
    const labels = new Map<string, string>();
    let place = skip(line, at);
    if (line[place] !== "{") return { labels, rest: place };
    place = skip(line, place + 1);
    while (line[place] !== "}") {
      LABEL_NAME.lastIndex = place;
      const label = LABEL_NAME.exec(line)?.[0];
      if (!label || label === "__name__") throw this.#error("has a label without a name");
      place = skip(line, place + label.length);
      if (line[place] !== "=") throw this.#error(`has no value for the label ${label}`);
      const quote = skip(line, place + 1);
      const end = line[quote] === '"' ? closingQuote(line, quote) : -1;
      const escaped = line.slice(quote + 1, end);
      if (end < 0 || !ESCAPED.test(escaped)) throw this.#error(`has a broken value for the label ${label}`);
      if (labels.has(label) || labels.size >= LABELS_MAX) throw this.#error(`has the label ${label} once too often`);
      labels.set(label, unescaped(escaped));
      place = skip(line, end + 1);
      if (line[place] === ",") place = skip(line, place + 1);
      else if (line[place] !== "}") throw this.#error(`has something else than a label after ${label}`);
    }
    return { labels, rest: place + 1 };
  }

  #numberOf(text: string): number {
    const word = WORDS[text.toLowerCase()];
    if (word !== undefined) return word;
    if (!NUMBER.test(text)) throw this.#error("has a value that is no number");
    return Number(text);
  }

  #momentOf(text: string | undefined): number | null {
    if (text === undefined) return null;
    if (!/^-?\d{1,15}$/.test(text)) throw this.#error("has a time that is none");
    return Number(text);
  }

  #error(words: string): ExpositionError {
    return new ExpositionError(`line ${this.#lines} ${words}`);
  }
}

function skip(line: string, at: number): number {
  SPACE.lastIndex = at;
  return at + (SPACE.exec(line)?.[0].length ?? 0);
}

/** Place of the quote that ends the value that begins at `quote`; −1 when there is none. */
function closingQuote(line: string, quote: number): number {
  for (let at = quote + 1; at < line.length; at++) {
    if (line[at] === "\\") at += 1;
    else if (line[at] === '"') return at;
  }
  return -1;
}

const unescaped = (text: string): string =>
  text.includes("\\") ? text.replace(/\\(.)/g, (_, one: string) => (one === "n" ? "\n" : one)) : text;
