import {
  conditions,
  flag,
  list,
  number,
  object,
  observedConditions,
  selector,
  size,
  text,
  textMap,
  textMapOf,
  textOrNumber,
} from "@/agent/kubernetes/fields";
import { kind } from "@/agent/kubernetes/kind";

export const networkKinds = {
  services: kind(
    ["v1"],
    {
      spec: object({
        type: text,
        selector: textMap,
        clusterIP: text,
        ipFamilies: list(text),
        ipFamilyPolicy: text,
        externalTrafficPolicy: text,
        ports: list(object({ name: text, port: number, protocol: text, targetPort: textOrNumber })),
      }),
      status: object({ loadBalancer: object({ ingress: list(object({ ip: text, hostname: text })) }) }),
    },
    { annotations: textMapOf("load-balancer.hetzner.cloud/", "prometheus.io/") },
  ),
  "ingresses.networking.k8s.io": kind(["v1", "v1beta1"], {
    spec: object({
      ingressClassName: text,
      rules: list(object({ host: text })),
      tls: list(object({ hosts: list(text), secretName: text })),
    }),
    status: object({ loadBalancer: object({ ingress: list(object({ ip: text, hostname: text })) }) }),
  }),
  "networkpolicies.networking.k8s.io": kind(["v1"], {
    spec: object({ podSelector: selector, policyTypes: list(text), ingress: size, egress: size }),
  }),
  "gateways.gateway.networking.k8s.io": kind(["v1", "v1beta1"], {
    spec: object({
      gatewayClassName: text,
      listeners: list(object({ name: text, hostname: text, port: number, protocol: text })),
    }),
    status: object({ addresses: list(object({ type: text, value: text })), conditions: observedConditions }),
  }),
  "adminnetworkpolicies.policy.networking.k8s.io": kind(["v1alpha1"], { spec: object({ priority: number }) }),
  "ciliumnodes.cilium.io": kind(["v2"], { spec: object({ encryption: object({ key: number }) }) }),
  "ciliumnetworkpolicies.cilium.io": kind(["v2"], { status: object({ conditions }) }),
  "ciliumclusterwidenetworkpolicies.cilium.io": kind(["v2"], { status: object({ conditions }) }),
  "network-attachment-definitions.k8s.cni.cncf.io": kind(
    ["v1"],
    {},
    { annotations: textMapOf("k8s.v1.cni.cncf.io/resourceName") },
  ),
  "sriovnetworknodestates.sriovnetwork.openshift.io": kind(["v1"], {
    status: object({
      syncStatus: text,
      lastSyncError: text,
      interfaces: list(
        object({ name: text, pciAddress: text, vendor: text, driver: text, totalvfs: number, numVfs: number }),
      ),
    }),
  }),
  "sriovnetworknodepolicies.sriovnetwork.openshift.io": kind(["v1"], {
    spec: object({ resourceName: text, numVfs: number, deviceType: text, isRdma: flag }),
  }),
  "sriovnetworks.sriovnetwork.openshift.io": kind(["v1"], {
    spec: object({ resourceName: text, networkNamespace: text, vlan: number }),
  }),
};
