const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COMMA = 0x2c;
const NEWLINE = 0x0a;

/** Depth of what stands directly in the top-level array of a list. */
const ITEM_DEPTH = 2;
/** etcd holds 1.5 MiB an object; as JSON that can be a few times more. What is larger is not read. */
const OBJECT_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Cuts the answer to a list into its items while it arrives, so that a page of any size costs the memory of its largest
 * item. Depth and strings are all it looks at; each item is parsed by `JSON.parse`. Items that are no objects, or too
 * large, are given as null.
 */
export class ItemCutter {
  readonly #onItem: (item: Buffer | null) => void;
  readonly #bytesMax: number;
  readonly #envelope: Buffer[] = [];
  #item: Buffer[] = [];
  #itemBytes = 0;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #isInItems = false;

  constructor(onItem: (item: Buffer | null) => void, bytesMax = OBJECT_BYTES_MAX) {
    this.#onItem = onItem;
    this.#bytesMax = bytesMax;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) this.#isInString = false;
      } else if (byte === QUOTE) {
        this.#isInString = true;
      } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        this.#depth += 1;
        if (byte === OPEN_ARRAY && this.#depth === ITEM_DEPTH && this.#isItemsNext(chunk.subarray(start, at))) {
          this.#take(chunk.subarray(start, at + 1));
          this.#isInItems = true;
          start = at + 1;
        }
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        this.#depth -= 1;
        if (this.#isInItems && this.#depth < ITEM_DEPTH) {
          this.#take(chunk.subarray(start, at));
          this.#finishItem();
          this.#isInItems = false;
          start = at;
        }
      } else if (byte === COMMA && this.#isInItems && this.#depth === ITEM_DEPTH) {
        this.#take(chunk.subarray(start, at));
        this.#finishItem();
        start = at + 1;
      }
    }
    if (start < chunk.length) this.#take(chunk.subarray(start));
  }

  /**
   * The answer without its items.
   * @throws SyntaxError when it broke off or is no JSON
   */
  end(): unknown {
    return JSON.parse(Buffer.concat(this.#envelope).toString("utf8"));
  }

  /** No kind of list has another array on its top level, but that is nothing to build on. */
  #isItemsNext(recent: Buffer): boolean {
    const before = Buffer.concat([...this.#envelope, recent]).toString("utf8");
    return /"items"\s*:\s*$/.test(before);
  }

  #take(bytes: Buffer): void {
    if (bytes.length === 0) return;
    // A copy: what a socket gives is a part of a larger block, which a waiting part would hold.
    if (!this.#isInItems) this.#envelope.push(Buffer.from(bytes));
    else {
      this.#itemBytes += bytes.length;
      if (this.#itemBytes <= this.#bytesMax) this.#item.push(bytes);
      else this.#item = [];
    }
  }

  #finishItem(): void {
    const [first] = this.#item;
    const item = this.#item.length === 1 && first ? first : Buffer.concat(this.#item);
    const isTooLarge = this.#itemBytes > this.#bytesMax;
    this.#item = [];
    this.#itemBytes = 0;
    if (isTooLarge) this.#onItem(null);
    else if (item.length > 0 && item.toString("latin1", 0, 64).trim() !== "") this.#onItem(item);
  }
}

/** Cuts what a watch sends into its lines. A line that is too large is given as null. */
export class LineCutter {
  readonly #onLine: (line: Buffer | null) => void;
  readonly #bytesMax: number;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(onLine: (line: Buffer | null) => void, bytesMax = OBJECT_BYTES_MAX) {
    this.#onLine = onLine;
    this.#bytesMax = bytesMax;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#take(chunk.subarray(start, end));
      start = end + 1;
      if (this.#bytes > this.#bytesMax) this.#onLine(null);
      else if (this.#bytes > 0) this.#onLine(Buffer.concat(this.#parts));
      this.#parts = [];
      this.#bytes = 0;
    }
    this.#take(chunk.subarray(start));
  }

  #take(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (this.#bytes > this.#bytesMax) this.#parts = [];
    else if (bytes.length > 0) this.#parts.push(bytes);
  }
}
