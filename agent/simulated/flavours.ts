import type { Distribution, Provider, System } from "@/contract/cluster/systems";

export const FLAVOURS = [
  "rke2",
  "rancher",
  "talos",
  "robin",
  "eks",
  "gke",
  "lke",
  "hetzner",
  "k3s",
  "microk8s",
] as const;
/** A way to run Kubernetes, as it is met in the field. */
export type FlavourName = (typeof FLAVOURS)[number];

/** What a node of it is called and carries; recognition of distribution and provider looks at exactly this. */
export type NodeMarks = { name: string; providerId?: string; labels: Record<string, string> };

export type Flavour = {
  distribution: Distribution;
  provider?: Provider;
  /** Of the API server, for a Kubernetes release such as `1.34.2`. */
  gitVersion: (release: string) => string;
  osImage: (release: string) => string;
  kernelVersion: string;
  containerRuntime: (release: string) => string;
  instanceType?: string;
  systems: readonly System[];
  storageClass: { name: string; provisioner: string };
  /** Marks of one node; `word` is unlike that of any other cluster. */
  marks: (cluster: string, word: string, place: number) => NodeMarks;
};

const plain = (release: string) => `v${release}`;
const ownName = (cluster: string, _word: string, place: number): NodeMarks => ({
  name: `${cluster}-${place < 3 ? "c" : "w"}${place + 1}`,
  labels: {},
});
/** Newer clusters have newer runtimes. */
const containerd = (release: string) => {
  const minor = Number(release.split(".")[1]);
  return minor >= 35 ? "containerd://2.2.1" : minor >= 33 ? "containerd://2.0.4" : "containerd://1.7.27";
};
const longhorn = { name: "longhorn", provisioner: "driver.longhorn.io" };
const rke2 = {
  distribution: "rke2",
  gitVersion: (release) => `v${release}+rke2r1`,
  osImage: () => "SUSE Linux Micro 6.1",
  kernelVersion: "6.4.0-32-default",
  containerRuntime: (release) => `${containerd(release)}-k3s1`,
  storageClass: longhorn,
  systems: ["longhorn", "cert_manager", "velero", "etcd_snapshots", "calico", "flux", "cloudnative_pg"],
  marks: ownName,
} as const satisfies Flavour;

export const FLAVOUR: Readonly<Record<FlavourName, Flavour>> = {
  rke2,
  rancher: {
    ...rke2,
    systems: ["longhorn", "cert_manager", "rancher_agent", "fleet", "system_upgrade_controller", "etcd_snapshots"],
  },
  talos: {
    distribution: "talos",
    gitVersion: plain,
    osImage: (release) => `Talos (v1.${Number(release.split(".")[1]) - 23}.3)`,
    kernelVersion: "6.12.48-talos",
    containerRuntime: containerd,
    storageClass: { name: "ceph-block", provisioner: "rook-ceph.rbd.csi.ceph.com" },
    systems: ["rook_ceph", "cilium", "flux", "cert_manager", "cloudnative_pg", "external_secrets"],
    marks: ownName,
  },
  robin: {
    distribution: "upstream",
    gitVersion: plain,
    osImage: () => "Rocky Linux 9.6 (Blue Onyx)",
    kernelVersion: "5.14.0-570.el9.x86_64",
    containerRuntime: containerd,
    storageClass: { name: "robin", provisioner: "robin" },
    systems: ["robin", "multus", "sriov", "calico"],
    marks: ownName,
  },
  eks: {
    distribution: "eks",
    provider: "aws",
    gitVersion: (release) => `v${release}-eks-ac2d5a0`,
    osImage: () => "Bottlerocket OS 1.49.0 (aws-k8s)",
    kernelVersion: "6.12.46",
    containerRuntime: containerd,
    instanceType: "m7i.xlarge",
    storageClass: { name: "gp3", provisioner: "ebs.csi.aws.com" },
    systems: ["aws_ebs", "cert_manager", "flux", "external_secrets", "velero"],
    marks: (_cluster, word, place) => ({
      name: `ip-10-0-${place}-17.${word}.compute.internal`,
      providerId: `aws:///eu-central-1a/i-0${word}${place}`,
      labels: {},
    }),
  },
  gke: {
    distribution: "gke",
    provider: "google",
    gitVersion: (release) => `v${release}-gke.1829001`,
    osImage: () => "Container-Optimized OS from Google",
    kernelVersion: "6.6.97+",
    containerRuntime: containerd,
    instanceType: "e2-standard-4",
    storageClass: { name: "standard-rwo", provisioner: "pd.csi.storage.gke.io" },
    systems: ["google_pd", "cert_manager", "flux"],
    marks: (cluster, word, place) => ({
      name: `gke-${cluster}-${word}-${place}`,
      providerId: `gce://fleet/europe-west3-a/gke-${cluster}-${word}-${place}`,
      labels: {},
    }),
  },
  lke: {
    distribution: "lke",
    provider: "linode",
    gitVersion: plain,
    osImage: () => "Debian GNU/Linux 12 (bookworm)",
    kernelVersion: "6.1.0-39-cloud-amd64",
    containerRuntime: containerd,
    instanceType: "g6-standard-4",
    storageClass: { name: "linode-block-storage", provisioner: "linodebs.csi.linode.com" },
    systems: ["linode_csi", "calico", "cert_manager"],
    marks: (_cluster, word, place) => ({
      name: `lke-${word}-${place}`,
      providerId: `linode://${7_000_000 + Number.parseInt(word.slice(0, 5), 16)}${place}`,
      labels: { "lke.linode.com/pool-id": String(Number.parseInt(word.slice(0, 4), 16)) },
    }),
  },
  hetzner: {
    distribution: "k3s",
    provider: "hetzner_cloud",
    gitVersion: (release) => `v${release}+k3s1`,
    osImage: () => "Debian GNU/Linux 13 (trixie)",
    kernelVersion: "6.12.48+deb13-amd64",
    containerRuntime: (release) => `${containerd(release)}-k3s1`,
    instanceType: "cpx41",
    storageClass: { name: "hcloud-volumes", provisioner: "csi.hetzner.cloud" },
    systems: ["hetzner_csi", "cert_manager", "cloudnative_pg", "flannel"],
    marks: (cluster, word, place) => ({
      name: `${cluster}-${place < 3 ? "c" : "w"}${place + 1}`,
      providerId: `hcloud://${50_000_000 + Number.parseInt(word.slice(0, 5), 16)}${place}`,
      labels: {},
    }),
  },
  k3s: {
    distribution: "k3s",
    gitVersion: (release) => `v${release}+k3s1`,
    osImage: () => "Ubuntu 24.04.3 LTS",
    kernelVersion: "6.8.0-85-generic",
    containerRuntime: (release) => `${containerd(release)}-k3s1`,
    storageClass: { name: "local-path", provisioner: "rancher.io/local-path" },
    systems: ["local_path", "flannel", "cert_manager"],
    marks: ownName,
  },
  microk8s: {
    distribution: "microk8s",
    gitVersion: plain,
    osImage: () => "Ubuntu 22.04.5 LTS",
    kernelVersion: "5.15.0-157-generic",
    containerRuntime: () => "containerd://1.7.27",
    storageClass: { name: "microk8s-hostpath", provisioner: "microk8s.io/hostpath" },
    systems: ["microk8s_hostpath", "calico"],
    marks: (cluster, _word, place) => ({
      name: `${cluster}-n${place + 1}`,
      labels: { "microk8s.io/cluster": "true" },
    }),
  },
};

/** Releases in use and how many clusters of a hundred are on each: some are long out of support. */
export const RELEASES: readonly [release: string, percent: number][] = [
  ["1.36.1", 24],
  ["1.35.4", 30],
  ["1.34.6", 18],
  ["1.33.9", 12],
  ["1.32.8", 7],
  ["1.31.12", 4],
  ["1.29.15", 3],
  ["1.27.16", 2],
];
