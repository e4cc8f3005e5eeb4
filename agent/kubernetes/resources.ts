import type { Kind } from "./kind";
import { clusterKinds } from "./kinds/cluster";
import { deliveryKinds } from "./kinds/delivery";
import { networkKinds } from "./kinds/network";
import { nodeKinds } from "./kinds/nodes";
import { protectionKinds } from "./kinds/protection";
import { storageSystemKinds } from "./kinds/storage-systems";
import { volumeKinds } from "./kinds/volumes";
import { workloadKinds } from "./kinds/workloads";

/**
 * Everything that is read of a cluster. The key is Kubernetes' own name of the resource, `<plural>.<group>`, and only
 * the plural for the core group. To read another kind: describe it in `kinds/`, and give it `get`, `list` and `watch`
 * in `deploy/kubernetes/`; a test keeps the two equal. `secrets` are never read.
 */
export const RESOURCES = {
  ...clusterKinds,
  ...nodeKinds,
  ...workloadKinds,
  ...volumeKinds,
  ...storageSystemKinds,
  ...protectionKinds,
  ...deliveryKinds,
  ...networkKinds,
};

export type ResourceName = keyof typeof RESOURCES;

/** What is kept of one object of a resource. */
export type Kept<N extends ResourceName> = NonNullable<ReturnType<(typeof RESOURCES)[N]["reduce"]>>;

export const RESOURCE_NAMES = Object.keys(RESOURCES) as ResourceName[];

/** The table without the types of its entries, for what treats all kinds alike. */
export function kindOf(name: ResourceName): Kind<KeptObject> {
  return RESOURCES[name] as unknown as Kind<KeptObject>;
}

/** What all kept objects have in common. */
export type KeptObject = { metadata: { name: string; namespace?: string | undefined; uid?: string | undefined } };

export function groupAndPlural(name: string): { group: string; plural: string } {
  const dot = name.indexOf(".");
  return dot < 0 ? { group: "", plural: name } : { group: name.slice(dot + 1), plural: name.slice(0, dot) };
}
