import type { Layout } from "@/contract/codec/layout";

/** A dictionary that an agent told, and where its entities are kept once a commit has said so. */
export type LinkedDictionary = {
  hash: Buffer;
  layout: Layout;
  stored: { streamId: number; id: number; entityIds: readonly number[] } | null;
};

/** Dictionaries that an agent may have at a time: what it records by profile, and what is left of before. */
const DICTIONARIES_MAX = 8;

/** What the gateway knows of an agent that speaks to it, over however many connections. */
export class AgentLink {
  readonly agentId: string;
  readonly orgId: string;
  siteId: string;
  readonly hostname: string;
  /** Edge's clock against ours at the newest contact: ours minus the edge's, in seconds. */
  clockOffsetSeconds: number | null = null;
  /** Newest recorded moment that came, epoch seconds; 0 = none yet. */
  newestMoment = 0;
  usedAt = 0;
  /** Newest place in the agent's own order from which anything came. */
  #newest = { epoch: 0, sequence: 0 };
  readonly #dictionaries = new Map<string, LinkedDictionary>();

  constructor(agent: { id: string; orgId: string; siteId: string; hostname: string }) {
    this.agentId = agent.id;
    this.orgId = agent.orgId;
    this.siteId = agent.siteId;
    this.hostname = agent.hostname;
  }

  /** Takes note of a place in the agent's order. @returns true when nothing newer came before */
  advance(epoch: number, sequence: number): boolean {
    const { epoch: newestEpoch, sequence: newestSequence } = this.#newest;
    if (epoch < newestEpoch || (epoch === newestEpoch && sequence < newestSequence)) return false;
    this.#newest = { epoch, sequence };
    return true;
  }

  dictionary(hash: Uint8Array): LinkedDictionary | null {
    return this.#dictionaries.get(nameOf(hash)) ?? null;
  }

  /** Keeps it in place of the one that was told longest ago. @returns the one that is kept under this hash */
  keep(dictionary: LinkedDictionary): LinkedDictionary {
    const name = nameOf(dictionary.hash);
    const known = this.#dictionaries.get(name);
    if (known) return known;
    for (const oldest of this.#dictionaries.keys()) {
      if (this.#dictionaries.size < DICTIONARIES_MAX) break;
      this.#dictionaries.delete(oldest);
    }
    this.#dictionaries.set(name, dictionary);
    return dictionary;
  }
}

const nameOf = (hash: Uint8Array): string => Buffer.from(hash.buffer, hash.byteOffset, hash.length).toString("latin1");
