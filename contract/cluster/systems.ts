/** What a distribution, a provider or a system is called on the wire; the console has its proper name. */

/** How the cluster was made. `upstream`: plain Kubernetes, or nothing that proves otherwise. */
export const DISTRIBUTIONS = [
  "eks",
  "gke",
  "gke_autopilot",
  "aks",
  "lke",
  "k3s",
  "rke1",
  "rke2",
  "microk8s",
  "talos",
  "openshift",
  "upstream",
] as const;
export type Distribution = (typeof DISTRIBUTIONS)[number];

/** Whose machines it runs on. */
export const PROVIDERS = [
  "aws",
  "google",
  "azure",
  "hetzner_cloud",
  "hetzner_robot",
  "linode",
  "vsphere",
  "openstack",
  "metal3",
  "ibm",
] as const;
export type Provider = (typeof PROVIDERS)[number];

export const SYSTEM_AREAS = ["storage", "protection", "delivery", "network", "platform"] as const;
export type SystemArea = (typeof SYSTEM_AREAS)[number];

/** Systems that are recognised, each with its area. The list grows; an unknown one is shown by its own name. */
export const SYSTEMS = {
  robin: "storage",
  portworx: "storage",
  linstor: "storage",
  rook_ceph: "storage",
  longhorn: "storage",
  local_path: "storage",
  aws_ebs: "storage",
  aws_efs: "storage",
  google_pd: "storage",
  azure_disk: "storage",
  hetzner_csi: "storage",
  linode_csi: "storage",
  microk8s_hostpath: "storage",
  snapshot_controller: "protection",
  velero: "protection",
  kasten: "protection",
  cloudnative_pg: "protection",
  etcd_snapshots: "protection",
  flux: "delivery",
  flux_operator: "delivery",
  external_secrets: "delivery",
  cert_manager: "delivery",
  fleet: "delivery",
  rancher: "platform",
  rancher_agent: "platform",
  system_upgrade_controller: "platform",
  metal3: "platform",
  cloudflared: "network",
  calico: "network",
  flannel: "network",
  cilium: "network",
  ovn: "network",
  kube_ovn: "network",
  multus: "network",
  sriov: "network",
} as const satisfies Record<string, SystemArea>;
export type System = keyof typeof SYSTEMS;
