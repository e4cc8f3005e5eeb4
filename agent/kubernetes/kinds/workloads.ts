import {
  conditions,
  flag,
  list,
  map,
  moment,
  number,
  object,
  owners,
  ownText,
  quantity,
  selector,
  size,
  text,
  textMap,
  textMapOf,
  textOrNumber,
} from "@/agent/kubernetes/fields";
import { kind, withLabels } from "@/agent/kubernetes/kind";

const stateDetail = object({ reason: text, exitCode: number, finishedAt: moment });

const containerStatus = object({
  name: text,
  image: text,
  ready: flag,
  restartCount: number,
  state: object({ waiting: object({ reason: text }), terminated: stateDetail }),
  lastState: object({ terminated: stateDetail }),
});

const containers = list(
  object({
    name: text,
    image: text,
    resources: object({ requests: map(quantity), limits: map(quantity) }),
  }),
);

/** What Helm writes to the objects of a release. */
const released = { ...withLabels, annotations: textMapOf("meta.helm.sh/") };

/** Images tell what runs (a tunnel, an operator); labels are what budgets, policies and backups select by. */
const template = object({
  metadata: object({ labels: textMap }),
  spec: object({
    containers: list(object({ name: text, image: text })),
    volumes: list(object({ persistentVolumeClaim: object({ claimName: ownText }) })),
  }),
});

const jobTemplate = object({ spec: object({ template }) });

export const workloadKinds = {
  pods: kind(
    ["v1"],
    {
      spec: object({
        nodeName: text,
        hostNetwork: flag,
        initContainers: containers,
        containers,
        volumes: list(object({ persistentVolumeClaim: object({ claimName: ownText }) })),
      }),
      status: object({
        phase: text,
        podIP: ownText,
        reason: text,
        qosClass: text,
        startTime: moment,
        conditions: list(object({ type: text, status: text, reason: text, lastTransitionTime: moment })),
        initContainerStatuses: list(containerStatus),
        containerStatuses: list(containerStatus),
      }),
    },
    {
      ...withLabels,
      annotations: textMapOf(
        "k8s.v1.cni.cncf.io/",
        "robin.io/",
        "talos.dev/",
        "kubernetes.io/config.mirror",
        "backup.velero.io/",
        "prometheus.io/",
      ),
      ownerReferences: owners,
    },
  ),
  "deployments.apps": kind(
    ["v1"],
    {
      spec: object({ replicas: number, paused: flag, selector, template }),
      status: object({
        observedGeneration: number,
        replicas: number,
        updatedReplicas: number,
        readyReplicas: number,
        availableReplicas: number,
        conditions,
      }),
    },
    released,
  ),
  "statefulsets.apps": kind(
    ["v1"],
    {
      spec: object({
        replicas: number,
        selector,
        template,
        volumeClaimTemplates: list(object({ metadata: object({ name: text }) })),
      }),
      status: object({
        observedGeneration: number,
        replicas: number,
        updatedReplicas: number,
        readyReplicas: number,
        currentReplicas: number,
      }),
    },
    released,
  ),
  "daemonsets.apps": kind(
    ["v1"],
    {
      spec: object({ selector, template }),
      status: object({
        observedGeneration: number,
        desiredNumberScheduled: number,
        currentNumberScheduled: number,
        updatedNumberScheduled: number,
        numberReady: number,
        numberAvailable: number,
        numberMisscheduled: number,
      }),
    },
    released,
  ),
  // Only the step between a pod and its deployment.
  "replicasets.apps": kind(["v1"], {}, { ownerReferences: owners }),
  "jobs.batch": kind(
    ["v1"],
    {
      spec: object({ completions: number, suspend: flag }),
      status: object({
        active: number,
        succeeded: number,
        failed: number,
        startTime: moment,
        completionTime: moment,
        conditions,
      }),
    },
    { ...released, ownerReferences: owners },
  ),
  // What is read is the same in both versions (batch/v1beta1 was served until Kubernetes 1.24).
  "cronjobs.batch": kind(
    ["v1", "v1beta1"],
    {
      spec: object({ schedule: text, timeZone: text, suspend: flag, jobTemplate }),
      status: object({ active: size, lastScheduleTime: moment, lastSuccessfulTime: moment }),
    },
    released,
  ),
  // An empty selector means nothing in v1beta1 and everything in v1: the version is in the state of the resource.
  "poddisruptionbudgets.policy": kind(["v1", "v1beta1"], {
    spec: object({ minAvailable: textOrNumber, maxUnavailable: textOrNumber, selector }),
    status: object({
      observedGeneration: number,
      currentHealthy: number,
      desiredHealthy: number,
      disruptionsAllowed: number,
      expectedPods: number,
    }),
  }),
};
