import type { System } from "@/contract/cluster/systems";
import { anyOf, byDriver, byGroup, byImage, imageNamed } from "./recognise";
import type { SystemFacts } from "./system";

/** Drivers without objects of their own: they are as well as what runs them. */
const DRIVERS: readonly [System, RegExp][] = [
  ["local_path", imageNamed("local-path-provisioner")],
  ["aws_ebs", imageNamed("aws-ebs-csi-driver")],
  ["aws_efs", imageNamed("aws-efs-csi-driver")],
  ["google_pd", imageNamed("gcp-compute-persistent-disk-csi-driver")],
  ["azure_disk", imageNamed("azuredisk-csi")],
  ["hetzner_csi", imageNamed("hcloud-csi-driver")],
  ["linode_csi", imageNamed("linode-blockstorage-csi-driver")],
  ["microk8s_hostpath", imageNamed("hostpath-provisioner")],
];

const SNAPSHOTS = imageNamed(
  "snapshot-controller",
  "mirrored-sig-storage-snapshot-controller",
  "hardened-snapshot-controller",
);

export const plainStorage: readonly SystemFacts[] = [
  ...DRIVERS.map(([system, controllers]): SystemFacts => ({ system, recognise: byDriver(system), controllers })),
  {
    system: "snapshot_controller",
    recognise: anyOf(byImage(SNAPSHOTS), byGroup("snapshot.storage.k8s.io")),
    controllers: SNAPSHOTS,
  },
];
