import type { System } from "@/contract/cluster/systems";

const BY_NAME: Readonly<Record<string, System>> = {
  robin: "robin",
  "pxd.portworx.com": "portworx",
  "kubernetes.io/portworx-volume": "portworx",
  "linstor.csi.linbit.com": "linstor",
  "driver.longhorn.io": "longhorn",
  "rancher.io/local-path": "local_path",
  "ebs.csi.aws.com": "aws_ebs",
  "efs.csi.aws.com": "aws_efs",
  "pd.csi.storage.gke.io": "google_pd",
  "disk.csi.azure.com": "azure_disk",
  "csi.hetzner.cloud": "hetzner_csi",
  "linodebs.csi.linode.com": "linode_csi",
  "microk8s.io/hostpath": "microk8s_hostpath",
};

/** Rook puts the namespace of its operator in front of the driver's name. */
const CEPH_DRIVERS = ["rbd.csi.ceph.com", "cephfs.csi.ceph.com"];

/** The system that a CSI driver or a provisioner of a storage class belongs to. */
export function systemOfDriver(name: string): System | undefined {
  if (Object.hasOwn(BY_NAME, name)) return BY_NAME[name];
  return CEPH_DRIVERS.some((one) => name === one || name.endsWith(`.${one}`)) ? "rook_ceph" : undefined;
}
