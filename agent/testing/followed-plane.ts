import { readFileSync } from "node:fs";
import { loadAllYaml } from "@kubernetes/client-node";
import { ApiAccess } from "@/agent/kubernetes/api-access";
import { ApiClient } from "@/agent/kubernetes/api-client";
import type { ClusterView } from "@/agent/kubernetes/cluster-view";
import { ClusterWatch, type ClusterWatchOptions } from "@/agent/kubernetes/cluster-watch";
import { RESOURCE_NAMES } from "@/agent/kubernetes/resources";
import { TIMINGS, type Timings } from "@/agent/kubernetes/timings";
import type { ApiObject, KubePlane } from "./kube-plane";

/** Like the product's, and in a hurry. */
const HASTY: Partial<Timings> = {
  backoffBase: 50,
  backoffMax: 500,
  denied: 500,
  discovery: 600_000,
  afterDefinition: [100, 500, 1000, 2000, 4000],
  watchSettle: 200,
  batch: 10,
};

/** The user whom `grantRole` gives the agent's role. */
export const AGENT_USER = "fernblick-agent";

export type Followed = {
  view: ClusterView;
  /** Waits for what the view will say; the test's own time limit ends it. */
  until(isTrue: (view: ClusterView) => boolean): Promise<void>;
  stop(): Promise<void>;
};

/** Follows a plane as the agent does, until stopped. */
export async function followPlane(
  kubeconfig: string,
  timings: Partial<Timings> = {},
  wrap: (client: ClusterWatchOptions["client"]) => ClusterWatchOptions["client"] = (client) => client,
): Promise<Followed> {
  const access = await ApiAccess.open(kubeconfig);
  const client = wrap(new ApiClient(access));
  const cluster = new ClusterWatch({ client, timings: { ...TIMINGS, ...HASTY, ...timings } });
  const ending = new AbortController();
  const ended = cluster.run(ending.signal);
  const { view } = cluster;
  return {
    view,
    until: (isTrue) =>
      new Promise((done) => {
        const look = () => {
          if (!isTrue(view)) return;
          stop();
          done();
        };
        const stop = view.onChange(look);
        look();
      }),
    stop: async () => {
      ending.abort();
      await ended;
      access.close();
    },
  };
}

/** Nothing is left to be read, or to be asked again. */
export function isSettled(view: ClusterView): boolean {
  return RESOURCE_NAMES.every((name) => !["waiting", "failing"].includes(view.state(name).status));
}

/** The names in a list, for comparisons. */
export function namesOf(objects: ReadonlyMap<string, { metadata: { name: string } }>): string[] {
  return [...objects.values()].map(({ metadata }) => metadata.name).sort();
}

type Role = ApiObject & { rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[] };

/** The role as it ships, bound to a user of the plane. */
export async function grantRole(plane: KubePlane): Promise<Role> {
  const documents = loadAllYaml(readFileSync("deploy/kubernetes/agent-role.yaml", "utf8")) as ApiObject[];
  const role = documents.find(({ kind }) => kind === "ClusterRole") as Role;
  await plane.create("clusterroles", role);
  await plane.create("clusterrolebindings", {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: role.metadata.name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.metadata.name },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: AGENT_USER }],
  });
  return role;
}

/** Replaces the rules of a role. */
export async function setRules(plane: KubePlane, role: Role, rules: Role["rules"]): Promise<void> {
  const path = `/apis/${role.apiVersion}/clusterroles/${role.metadata.name}`;
  await plane.call("PATCH", path, { rules }, "application/merge-patch+json");
}

/** A definition of a kind whose objects may hold anything. */
export function definition(
  plural: string,
  group: string,
  versions: string[],
  kind = `Kind${plural}`,
  scope = "Namespaced",
): ApiObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      })),
    },
  };
}

export function networkPolicy(name: string): ApiObject {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name, namespace: "default" },
    spec: { podSelector: {}, policyTypes: ["Ingress"] },
  };
}

/** Runs so many, some at a time. */
export async function many(count: number, make: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await make(next++);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}
