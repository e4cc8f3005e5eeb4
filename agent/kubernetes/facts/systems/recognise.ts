import type { Reader } from "@/agent/kubernetes/facts/section";
import { type Workload, workloadModel } from "@/agent/kubernetes/facts/workload-model";
import type { System } from "@/contract/cluster/systems";
import { systemOfDriver } from "./drivers";

type Recognise = (reader: Reader) => string | undefined;

/** The first that finds something. */
export const anyOf =
  (...ways: readonly Recognise[]): Recognise =>
  (reader) => {
    for (const way of ways) {
      const proof = way(reader);
      if (proof) return proof;
    }
    return undefined;
  };

export const byGroup =
  (group: string): Recognise =>
  ({ view }) =>
    view.api.groups?.has(group) ? `API group ${group}` : undefined;

/** By a CSI driver, or the provisioner of a storage class. */
export const byDriver =
  (system: System): Recognise =>
  ({ view }) => {
    for (const driver of view.list("csidrivers.storage.k8s.io").keys()) {
      if (systemOfDriver(driver) === system) return `CSI driver ${driver}`;
    }
    for (const { metadata, provisioner = "" } of view.list("storageclasses.storage.k8s.io").values()) {
      if (systemOfDriver(provisioner) === system) return `provisioner ${provisioner} of storage class ${metadata.name}`;
    }
    return undefined;
  };

export const byImage =
  (pattern: RegExp): Recognise =>
  (reader) => {
    const [found] = workloadsWith(reader, pattern);
    const image = found?.images.find((one) => pattern.test(one));
    return found && `image ${image} of ${found.kind} ${found.namespace}/${found.name}`;
  };

export const byNodeAnnotation =
  (start: string): Recognise =>
  ({ view }) => {
    for (const { metadata } of view.list("nodes").values()) {
      const key = Object.keys(metadata.annotations ?? {}).find((one) => one.startsWith(start));
      if (key) return `annotation ${key} of node ${metadata.name}`;
    }
    return undefined;
  };

export function workloadsWith({ get }: Reader, image: RegExp): Workload[] {
  return [...get(workloadModel).workloads.values()].filter(({ images }) => images.some((one) => image.test(one)));
}

/** An image by the last part of its name, whatever the registry or the mirror that it comes from. */
export function imageNamed(...names: readonly string[]): RegExp {
  return new RegExp(`(?:^|/)(?:${names.join("|")})(?::[^/]*)?(?:@.*)?$`);
}
