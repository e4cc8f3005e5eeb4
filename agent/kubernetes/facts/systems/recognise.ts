import type { Derived, Reader } from "@/agent/kubernetes/facts/section";
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

/** Image → workloads that run it: there are many pods and few images. */
const byImageName: Derived<ReadonlyMap<string, readonly Workload[]>> = {
  reads: workloadModel.reads,
  compute: ({ get }) => {
    const images = new Map<string, Workload[]>();
    for (const workload of get(workloadModel).workloads.values()) {
      for (const image of workload.images) {
        const known = images.get(image);
        if (known) known.push(workload);
        else images.set(image, [workload]);
      }
    }
    return images;
  },
};

/** Workloads that run such an image. */
export function workloadsWith({ get }: Reader, pattern: RegExp): Workload[] {
  const found = new Set<Workload>();
  for (const [image, workloads] of get(byImageName)) {
    if (pattern.test(image)) for (const workload of workloads) found.add(workload);
  }
  return [...found];
}

/** The tag of the first such image, without a digest after it. */
export function imageTag(images: readonly string[], pattern?: RegExp): string | undefined {
  const image = pattern ? images.find((one) => pattern.test(one)) : images[0];
  return /:([^:/@]+)(?:@|$)/.exec(image ?? "")?.[1];
}

/** An image by the last part of its name, whatever the registry or the mirror that it comes from. */
export function imageNamed(...names: readonly string[]): RegExp {
  return new RegExp(`(?:^|/)(?:${names.join("|")})(?::[^/]*)?(?:@.*)?$`);
}
