import { deflateRawSync } from "node:zlib";
import { Inventory } from "@/agent/session/inventory";
import { shareOf } from "@/contract/inventory-share";
import { ClusterCollection, type ClusterCollectionOptions } from "./cluster-collection";
import { ClusterWatch } from "./cluster-watch";
import { type OpenCluster, openCluster } from "./open-cluster";
import { ClusterReadings, type ClusterReadingsOptions } from "./readings/cluster-readings";

type CollectOptions = Omit<ClusterCollectionOptions, "watch" | "readings" | "inventory"> &
  Pick<ClusterReadingsOptions, "settler" | "scrape" | "isKubeletAsked">;

/** The cluster that an agent speaks for: what is told of it, and what is read of it. */
export class ClusterSource {
  readonly inventory: Inventory;
  readonly #cluster: OpenCluster;

  private constructor(cluster: OpenCluster) {
    this.#cluster = cluster;
    this.inventory = new Inventory({
      clusterUid: cluster.uid,
      share: shareOf,
      deflate: (text) => deflateRawSync(text),
    });
  }

  /**
   * @param kubeconfig a path; null: the service account of the pod
   * @throws AccessError, ApiError, or the error of the connection: until it is known which cluster this is, nothing of
   *   it can be told
   */
  static async open(kubeconfig: string | null): Promise<ClusterSource> {
    return new ClusterSource(await openCluster(kubeconfig));
  }

  collect({ settler, scrape, isKubeletAsked, ...options }: CollectOptions): ClusterCollection {
    const { client } = this.#cluster;
    const watch = new ClusterWatch({ client });
    const readings = new ClusterReadings({ client, view: watch.view, settler, scrape, isKubeletAsked });
    return new ClusterCollection({ ...options, watch, readings, inventory: this.inventory });
  }

  close(): void {
    this.#cluster.close();
  }
}
