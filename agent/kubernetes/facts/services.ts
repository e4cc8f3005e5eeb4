import type { Kept } from "@/agent/kubernetes/resources";
import type { ItemOf } from "@/contract/cluster/items";
import type { Section } from "./section";

const EXTERNAL: ReadonlySet<string> = new Set(["LoadBalancer", "NodePort"]);
const PORTS_MAX = 50;
const ADDRESSES_MAX = 20;

/** Services that are reached from outside, or have two IP families; the many others say nothing of the cluster. */
export const serviceSection: Section = {
  reads: ["services"],
  describe: ({ view }) => {
    const service = new Map<string, ItemOf<"service">>();
    for (const [key, { spec, status }] of view.list("services")) {
      const ipFamilies = spec?.ipFamilies?.slice(0, 2) ?? [];
      if (!EXTERNAL.has(spec?.type ?? "") && ipFamilies.length < 2) continue;
      const ingress = status?.loadBalancer?.ingress ?? [];
      service.set(key, {
        type: spec?.type ?? "ClusterIP",
        ipFamilies,
        ports: (spec?.ports ?? []).map(portText).slice(0, PORTS_MAX),
        addresses: ingress.flatMap(({ ip, hostname }) => ip ?? hostname ?? []).slice(0, ADDRESSES_MAX),
      });
    }
    return { service };
  },
};

type Port = NonNullable<NonNullable<Kept<"services">["spec"]>["ports"]>[number];

const portText = ({ port, protocol }: Port) => `${port ?? "?"}/${protocol ?? "TCP"}`;
