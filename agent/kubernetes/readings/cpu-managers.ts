import type { ApiClient } from "@/agent/kubernetes/api-client";
import { object, ownText } from "@/agent/kubernetes/fields";
import type { ItemOf } from "@/contract/cluster/items";
import { eachAtATime } from "./at-a-time";

/** It is set when a kubelet starts. */
const ASK_AGAIN_MS = 3_600_000;
const NODES_AT_A_TIME = 4;

/** What a kubelet runs with (kubelet.config.k8s.io/v1beta1, `KubeletConfiguration`), as far as it is read. */
const answer = object({ kubeletconfig: object({ cpuManagerPolicy: ownText }) });

/**
 * The policy by which nodes give whole processors to pods: `none`, `static` or one of a newer kubelet. Only a kubelet's
 * own configuration tells it, which needs `get` of `nodes/proxy`.
 */
export class CpuManagers {
  readonly #asked = new Map<string, { policy: string | undefined; atMs: number }>();
  readonly #merged = new WeakMap<ItemOf<"node">, ItemOf<"node">>();

  /** Asks those nodes whose answer is old. Never throws: what was not answered is not known, and asked again. */
  async read(
    client: Pick<ApiClient, "document">,
    nodes: readonly string[],
    nowMs: number,
    silenceMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    for (const name of this.#asked.keys()) if (!nodes.includes(name)) this.#asked.delete(name);
    const due = nodes.filter(
      (name) => nowMs - (this.#asked.get(name)?.atMs ?? Number.NEGATIVE_INFINITY) >= ASK_AGAIN_MS,
    );
    await eachAtATime(due, NODES_AT_A_TIME, async (name) => {
      const path = `/api/v1/nodes/${encodeURIComponent(name)}/proxy/configz`;
      const read = await client.document({ path, silenceMs, signal }).catch(() => null);
      if (read) this.#asked.set(name, { policy: answer(read.body)?.kubeletconfig?.cpuManagerPolicy, atMs: nowMs });
    });
  }

  /** The nodes with their policies, where these are known. A node that is the same as before is the same object. */
  addTo(nodes: ReadonlyMap<string, ItemOf<"node">>): ReadonlyMap<string, ItemOf<"node">> {
    if (this.#asked.size === 0) return nodes;
    return new Map([...nodes].map(([name, node]) => [name, this.#merge(node, this.#asked.get(name)?.policy)]));
  }

  #merge(node: ItemOf<"node">, policy: string | undefined): ItemOf<"node"> {
    if (policy === undefined) return node;
    const known = this.#merged.get(node);
    if (known?.cpuManagerPolicy === policy) return known;
    const merged = { ...node, cpuManagerPolicy: policy };
    this.#merged.set(node, merged);
    return merged;
  }
}
