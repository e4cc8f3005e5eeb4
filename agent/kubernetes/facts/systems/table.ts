import { certManager } from "./cert-manager";
import { cloudnativePg } from "./cloudnative-pg";
import { etcdSnapshots } from "./etcd-snapshots";
import { externalSecrets } from "./external-secrets";
import { flux } from "./flux";
import { fluxOperator } from "./flux-operator";
import { kasten } from "./kasten";
import { linstor } from "./linstor";
import { longhorn } from "./longhorn";
import { metal3 } from "./metal3";
import { calico, cilium, cloudflared, flannel, kubeOvn, multus, ovn, sriov } from "./network";
import { plainStorage } from "./plain-storage";
import { portworx } from "./portworx";
import { fleet, rancher, rancherAgent, systemUpgradeController } from "./rancher";
import { robin } from "./robin";
import { rookCeph } from "./rook-ceph";
import type { SystemFacts } from "./system";
import { velero } from "./velero";

/** Every system that is recognised. `docs/clusters.md` says of each how, what is read, and when it is healthy. */
export const SYSTEM_FACTS: readonly SystemFacts[] = [
  robin,
  portworx,
  linstor,
  rookCeph,
  longhorn,
  ...plainStorage,
  velero,
  kasten,
  cloudnativePg,
  etcdSnapshots,
  flux,
  fluxOperator,
  externalSecrets,
  certManager,
  fleet,
  rancher,
  rancherAgent,
  systemUpgradeController,
  metal3,
  cloudflared,
  calico,
  flannel,
  cilium,
  ovn,
  kubeOvn,
  multus,
  sriov,
];
