import { readdirSync, readFileSync } from "node:fs";
import { loadAllYaml } from "@kubernetes/client-node";
import { groupAndPlural } from "@/agent/kubernetes/resources";
import { definition } from "./followed-plane";
import { type ApiObject, findDefinitions, type KubePlane } from "./kube-plane";
import { deployment, resourceOf, WELL_AT } from "./made-up-cluster";

const FOLDER = new URL("./cluster-objects/", import.meta.url);
/** Systems whose definitions are taken as they publish them, where these are beside the repository. */
export const PUBLISHED = [
  "cert-manager",
  "cloudnative-pg",
  "external-secrets",
  "fleet",
  "flux-helm",
  "flux-kustomize",
  "flux-source",
  "longhorn",
  "piraeus",
  "portworx",
  "rook",
  "system-upgrade-controller",
  "velero",
];

/**
 * The objects of every system, as they are when all is well at that second.
 * @param at seconds since 1970; the moments in the objects are moved with it
 */
export function readAllObjects(at = WELL_AT): ApiObject[] {
  const texts = readdirSync(FOLDER).map((file) => readFileSync(new URL(file, FOLDER), "utf8"));
  const moved = texts.map((text) =>
    text.replaceAll(/"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"/g, (_, moment: string) => {
      const second = Date.parse(moment) / 1000 + at - WELL_AT;
      return `"${new Date(1000 * second).toISOString().replace(".000", "")}"`;
    }),
  );
  return moved.flatMap((text) => (loadAllYaml(text) as ApiObject[]).filter((object) => object));
}

/** Drivers that are as well as what runs them: name → namespace, image, driver. */
const DRIVERS = {
  "local-path": ["local-path-storage", "docker.io/rancher/local-path-provisioner:v0.0.32", "rancher.io/local-path"],
  "ebs-csi": ["kube-system", "public.ecr.aws/ebs-csi-driver/aws-ebs-csi-driver:v1.48.0", "ebs.csi.aws.com"],
  "efs-csi": ["kube-system", "public.ecr.aws/efs-csi-driver/amazon/aws-efs-csi-driver:v2.1.0", "efs.csi.aws.com"],
  "gce-pd": [
    "kube-system",
    "registry.k8s.io/cloud-provider-gcp/gcp-compute-persistent-disk-csi-driver:v1.20.0",
    "pd.csi.storage.gke.io",
  ],
  "azure-disk": ["kube-system", "mcr.microsoft.com/oss/kubernetes-csi/azuredisk-csi:v1.33.0", "disk.csi.azure.com"],
  "hcloud-csi": ["kube-system", "docker.io/hetznercloud/hcloud-csi-driver:v2.17.0", "csi.hetzner.cloud"],
  "linode-csi": ["kube-system", "docker.io/linode/linode-blockstorage-csi-driver:v1.0.1", "linodebs.csi.linode.com"],
  hostpath: ["kube-system", "docker.io/cdkbot/hostpath-provisioner:1.5.0", "microk8s.io/hostpath"],
} as const;
const csiDriver = (name: string): ApiObject =>
  name.includes("/")
    ? {
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata: { name: name.replace("/", ".") },
        provisioner: name,
      }
    : { apiVersion: "storage.k8s.io/v1", kind: "CSIDriver", metadata: { name }, spec: { attachRequired: true } };

/** What runs the systems whose objects those are, and the systems that have no objects of their own. */
export const CONTROLLERS: readonly ApiObject[] = [
  deployment("cert-manager", "cert-manager", "quay.io/jetstack/cert-manager-controller:v1.20.1"),
  deployment("cnpg-system", "cnpg", "ghcr.io/cloudnative-pg/cloudnative-pg:1.27.0"),
  deployment("external-secrets", "external-secrets", "ghcr.io/external-secrets/external-secrets:v0.19.0"),
  deployment("flux-system", "flux-operator", "ghcr.io/controlplaneio-fluxcd/flux-operator:v0.28.0"),
  ...["kustomize", "source", "helm"].map((name) =>
    deployment("flux-system", `${name}-controller`, `ghcr.io/fluxcd/${name}-controller:v1.6.0`),
  ),
  deployment("kasten-io", "executor", "gcr.io/kasten-images/executor:8.0.1"),
  deployment("piraeus", "piraeus-operator", "quay.io/piraeusdatastore/piraeus-operator:v2.9.0"),
  deployment("longhorn-system", "longhorn-manager", "longhornio/longhorn-manager:v1.9.1"),
  deployment("metal3", "baremetal-operator", "quay.io/metal3-io/baremetal-operator:v0.11.0"),
  deployment("sriov", "sriov", "ghcr.io/k8snetworkplumbingwg/sriov-network-operator:v1.5.0"),
  deployment("portworx", "px-operator", "docker.io/portworx/px-operator:25.2.0"),
  deployment("cattle-fleet-system", "fleet-controller", "rancher/fleet:v0.13.0"),
  deployment("system-upgrade", "system-upgrade-controller", "rancher/system-upgrade-controller:v0.16.0"),
  deployment("cattle-system", "rancher", "rancher/rancher:v2.12.0"),
  deployment("rook-ceph", "rook-ceph-operator", "docker.io/rook/ceph:v1.18.0"),
  deployment("velero", "velero", "velero/velero:v1.17.0"),
  deployment("kube-system", "snapshot-controller", "registry.k8s.io/sig-storage/snapshot-controller:v8.2.0"),
  deployment("cattle-system", "cattle-cluster-agent", "rancher/rancher-agent:v2.12.0"),
  deployment("kube-system", "calico-node", "docker.io/calico/node:v3.31.0"),
  deployment("kube-system", "flannel", "ghcr.io/flannel-io/flannel:v0.27.0"),
  deployment("kube-system", "ovn-kube", "ghcr.io/ovn-kubernetes/ovn-kube-u:1.1"),
  deployment("kube-system", "cilium", "quay.io/cilium/cilium:v1.19.0"),
  deployment("kube-system", "kube-ovn", "docker.io/kubeovn/kube-ovn:v1.14.0"),
  deployment("kube-system", "multus", "ghcr.io/k8snetworkplumbingwg/multus-cni:v4.2.0"),
  ...Object.entries(DRIVERS).map(([name, [namespace, image]]) => deployment(namespace, name, image)),
  ...Object.values(DRIVERS).map(([, , driver]) => csiDriver(driver)),
  deployment("cloudflared", "cloudflared", "cloudflare/cloudflared:2026.9.0", 2),
];

const BUILT_IN_GROUP = /^$|^(apps|batch|policy)$|\.k8s\.io$/;
const nameOf = (object: ApiObject) => groupAndPlural(resourceOf(object));

/** Puts objects into a plane, with the definitions and namespaces that they need. */
export async function installObjects(plane: KubePlane, objects: readonly ApiObject[]): Promise<void> {
  const published = PUBLISHED.flatMap((system) => (findDefinitions(system)?.items ?? []) as ApiObject[]);
  for (const one of published) await plane.create("customresourcedefinitions", one);
  const known = new Set(published.map(({ metadata }) => metadata.name));
  for (const object of objects) {
    const { group, plural } = nameOf(object);
    if (BUILT_IN_GROUP.test(group) || known.has(`${plural}.${group}`)) continue;
    known.add(`${plural}.${group}`);
    const version = object.apiVersion.split("/")[1] as string;
    const scope = object.metadata.namespace ? "Namespaced" : "Cluster";
    await plane.create("customresourcedefinitions", definition(plural, group, [version], object.kind, scope));
  }
  // Of Rancher's manager nothing is read, and its group is what tells it from a managed cluster.
  const manager = definition("settings", "management.cattle.io", ["v3"], "Setting", "Cluster");
  await plane.create("customresourcedefinitions", manager);
  for (const namespace of new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))) {
    await plane
      .create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } })
      .catch((error: Error) => {
        if (!error.message.includes(": 409 ")) throw error;
      });
  }
  for (const object of objects) await putObject(plane, object);
}

/** Makes an object. Where the status is a resource of its own, it is not taken with the object. */
export async function putObject(plane: KubePlane, object: ApiObject): Promise<void> {
  const { plural } = nameOf(object);
  await created(plane, plural, object);
  if (!object.status) return;
  await plane.setStatus(plural, object, object.status).catch((error: Error) => {
    if (!error.message.includes(": 404 ")) throw error;
  });
}

/** Changes an object that is there, as a merge patch. */
export async function patchObject(plane: KubePlane, object: ApiObject, patch: Record<string, unknown>): Promise<void> {
  const { plural } = nameOf(object);
  await plane.patch(plural, object, patch);
}

/** A definition is told of a moment before it is served. */
async function created(plane: KubePlane, plural: string, object: ApiObject): Promise<void> {
  const until = performance.now() + 60_000;
  for (;;) {
    const error = await plane.create(plural, object).then(
      () => null,
      (refused: Error) => refused,
    );
    if (!error) return;
    if (!error.message.includes(": 404 ") || performance.now() > until) throw error;
    await new Promise(setImmediate);
  }
}
