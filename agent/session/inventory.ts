import type { ClusterItems } from "@/contract/cluster/items";
import { addShares, EMPTY_STATE, type InventoryChange, takeShare } from "@/contract/inventory";
import type { InventoryMessage } from "@/contract/messages";
import type { GatewayErrorCode } from "@/contract/telemetry";

export type InventoryOptions = {
  clusterUid: string;
  /** An item's share of a state's name (`contract/inventory-share.ts`). */
  share: (kind: string, key: string, item: unknown) => bigint;
  deflate: (text: string) => Uint8Array;
};

/** JSON of one message, before it is deflated: about a tenth of it goes over the link, and the gateway's limit is far. */
const PART_CHARACTERS = 300_000;
/** What changes within so long goes as one change: a rollout is dozens. */
const GATHER_MS = 15_000;
/** So often it is said that what is there is still all. */
const CONFIRM_MS = 3_600_000;

type Item = { kind: string; key: string; item: unknown; share: bigint };
type Entry = Item & { json: string };
type Message = Omit<InventoryMessage, "id" | "sequence">;
/** What the gateway has once it says "stored". */
type Sent = { message: Message; puts: readonly Item[]; drops: readonly string[] };
type Whole = { rest: Entry[]; state: bigint; isFirst: boolean };

/**
 * What the gateway is told of a cluster: the whole when it has another state than this side believes, and from then on
 * changes. One message is under way at a time; what is not answered is sent again as it is.
 */
export class Inventory {
  readonly #options: InventoryOptions;
  /** What is, by kind and key. Null until it was read for the first time. */
  #wanted: Map<string, Item> | null = null;
  /** What the gateway has. */
  #known = new Map<string, Item>();
  #knownState = EMPTY_STATE;
  #isKnown = false;
  #whole: Whole | null = null;
  #underWay: Sent | null = null;
  #changedAtMs: number | null = null;
  #confirmAtMs = 0;
  #pausedUntilMs = 0;

  constructor(options: InventoryOptions) {
    this.#options = options;
  }

  /** Says what is. Items that are the same object as before are taken as unchanged. */
  set(items: ClusterItems, nowMs: number): void {
    const before = this.#wanted;
    const wanted = new Map<string, Item>();
    let isChanged = before === null;
    for (const [kind, ofKind] of Object.entries(items)) {
      for (const [key, item] of ofKind as ReadonlyMap<string, unknown>) {
        const name = `${kind}\n${key}`;
        const known = before?.get(name);
        const next: Item =
          known && known.item === item ? known : { kind, key, item, share: this.#options.share(kind, key, item) };
        isChanged ||= next.share !== known?.share;
        wanted.set(name, next);
      }
    }
    isChanged ||= wanted.size !== before?.size;
    this.#wanted = wanted;
    if (isChanged) this.#changedAtMs ??= before === null ? nowMs - GATHER_MS : nowMs;
  }

  /** A new connection: what was under way is sent again, and the gateway may be another one with other data. */
  reconnected(): void {
    this.lost();
    this.#confirmAtMs = 0;
  }

  /** The next message, when one is due and none is under way. */
  next(nowMs: number): Message | null {
    if (!this.#wanted || nowMs < this.#pausedUntilMs) return null;
    if (this.#underWay) return null;
    const sent = this.#whole ? this.#nextPart(this.#whole) : this.#nextChange(this.#wanted, nowMs);
    this.#underWay = sent;
    return sent?.message ?? null;
  }

  /** The message was lost on its way, or its answer was: the same again. */
  lost(): void {
    const lost = this.#underWay;
    this.#underWay = null;
    if (lost?.message.part) {
      // The parts that follow are built on it.
      const whole = this.#whole ?? { rest: [], state: EMPTY_STATE, isFirst: false };
      const entries = lost.puts.map((item) => entryOf(item));
      this.#whole = { rest: [...entries, ...whole.rest], state: lost.message.base, isFirst: lost.message.part.isFirst };
    } else if (lost) this.#changedAtMs ??= 0;
  }

  stored(nowMs: number): void {
    const sent = this.#underWay;
    this.#underWay = null;
    if (!sent) return;
    const { part, target } = sent.message;
    if (part?.isFirst) this.#known = new Map();
    for (const item of sent.puts) this.#known.set(`${item.kind}\n${item.key}`, item);
    for (const name of sent.drops) this.#known.delete(name);
    this.#knownState = target;
    if (part && !part.isLast) return;
    this.#isKnown = true;
    this.#confirmAtMs = nowMs + CONFIRM_MS;
    // What changed meanwhile; nothing when nothing did.
    this.#changedAtMs ??= nowMs - GATHER_MS;
  }

  /** Another state at the gateway: everything is told anew. Anything else: not now, and the same again. */
  refused(code: GatewayErrorCode, nowMs: number): void {
    this.lost();
    // What the gateway cannot read today it may read after its next update.
    if (code === "malformed" || code === "too_large") this.#pausedUntilMs = nowMs + CONFIRM_MS;
    if (code !== "state_unknown" || !this.#wanted) return;
    this.#isKnown = false;
    this.#whole = { rest: [...this.#wanted.values()].map(entryOf), state: EMPTY_STATE, isFirst: true };
  }

  #nextPart(whole: Whole): Sent {
    const entries: Entry[] = [];
    let characters = 0;
    while (whole.rest.length > 0 && (entries.length === 0 || characters < PART_CHARACTERS)) {
      const entry = whole.rest.shift();
      if (!entry) break;
      entries.push(entry);
      characters += entry.json.length + entry.key.length;
    }
    const target = entries.reduce((state, { share }) => addShares(state, share), whole.state);
    const part = { isFirst: whole.isFirst, isLast: whole.rest.length === 0 };
    const sent = this.#message(part, { base: whole.state, target }, entries, []);
    this.#whole = part.isLast ? null : { rest: whole.rest, state: target, isFirst: false };
    return sent;
  }

  /** What is other than the gateway has it, or a word that nothing is. */
  #nextChange(wanted: ReadonlyMap<string, Item>, nowMs: number): Sent | null {
    if (!this.#isKnown) {
      // After a restart the gateway may have exactly this.
      const state = [...wanted.values()].reduce((sum, { share }) => addShares(sum, share), EMPTY_STATE);
      return { ...this.#message(null, { base: state, target: state }, [], []), puts: [...wanted.values()] };
    }
    const isDue = this.#changedAtMs !== null && nowMs - this.#changedAtMs >= GATHER_MS;
    if (!isDue && nowMs < this.#confirmAtMs) return null;
    this.#changedAtMs = null;
    const puts: Entry[] = [];
    const drops: string[] = [];
    let state = this.#knownState;
    let characters = 0;
    for (const [name, item] of wanted) {
      const known = this.#known.get(name);
      if (known?.share === item.share) continue;
      if (characters >= PART_CHARACTERS) {
        this.#changedAtMs = nowMs - GATHER_MS;
        break;
      }
      const entry = entryOf(item);
      puts.push(entry);
      characters += entry.json.length + entry.key.length;
      state = addShares(takeShare(state, known?.share ?? 0n), item.share);
    }
    for (const [name, item] of this.#known) {
      if (wanted.has(name)) continue;
      drops.push(name);
      state = takeShare(state, item.share);
    }
    if (puts.length === 0 && drops.length === 0 && nowMs < this.#confirmAtMs) return null;
    return this.#message(null, { base: this.#knownState, target: state }, puts, drops);
  }

  #message(
    part: Message["part"],
    states: Pick<Message, "base" | "target">,
    puts: readonly Entry[],
    drops: readonly string[],
  ): Sent {
    const change: InventoryChange = { clusterUid: this.#options.clusterUid, put: {}, drop: {} };
    for (const { kind, key, item } of puts) {
      change.put[kind] ??= {};
      change.put[kind][key] = item;
    }
    for (const name of drops) {
      const [kind = "", key = ""] = splitName(name);
      change.drop[kind] = [...(change.drop[kind] ?? []), key];
    }
    const payload = this.#options.deflate(JSON.stringify(change));
    return { message: { type: "inventory", part, ...states, payload }, puts, drops };
  }
}

const entryOf = (item: Item): Entry => ({ ...item, json: JSON.stringify(item.item) });

function splitName(name: string): [string, string] {
  const at = name.indexOf("\n");
  return [name.slice(0, at), name.slice(at + 1)];
}
