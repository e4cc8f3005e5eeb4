import { readdirSync, readFileSync } from "node:fs";
import { loadAllYaml } from "@kubernetes/client-node";
import { describe, expect, it } from "vitest";
import { METRICS_RESOURCES } from "./readings/metrics-api";
import { groupAndPlural, RESOURCE_NAMES } from "./resources";

type Rule = { apiGroups?: string[]; resources?: string[]; verbs?: string[]; nonResourceURLs?: string[] };
type Document = { kind: string; rules?: Rule[]; subjects?: unknown };

const FOLDER = "deploy/kubernetes";
/** Given only by who wants the figures of kubelets. */
const KUBELET_ROLE = "agent-kubelet-role.yaml";

const manifests = () => readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"));
const documentsOf = (name: string) => loadAllYaml(readFileSync(`${FOLDER}/${name}`, "utf8")) as Document[];

function rulesIn(documents: Document[]): Rule[] {
  return documents.filter(({ kind }) => ["ClusterRole", "Role"].includes(kind)).flatMap(({ rules = [] }) => rules);
}

const grantsOf = (rules: Rule[]) =>
  rules.flatMap(({ apiGroups = [], resources = [] }) =>
    apiGroups.flatMap((group) => resources.map((resource) => (group ? `${resource}.${group}` : resource))),
  );

/** What may not be in a role of the agent, in words. */
function faultsOf(rules: Rule[]): string[] {
  const faults = rules.flatMap(({ apiGroups = [], resources = [], verbs = [], nonResourceURLs = [] }) => [
    ...verbs.filter((verb) => !["get", "list", "watch"].includes(verb)).map((verb) => `the verb ${verb}`),
    ...[...apiGroups, ...resources, ...nonResourceURLs].filter((word) => word.includes("*")).map((word) => `"${word}"`),
    ...resources.filter((word) => word.split("/")[0] === "secrets").map(() => "secrets"),
    ...resources.filter((word) => word.includes("/")).map((word) => `the subresource ${word}`),
    ...nonResourceURLs.map((url) => `the path ${url}`),
  ]);
  const granted = new Set(grantsOf(rules));
  const read = new Set<string>([...RESOURCE_NAMES, ...METRICS_RESOURCES]);
  return [
    ...faults,
    ...[...granted].filter((name) => !read.has(name)).map((name) => `${name}, which is not read`),
    ...[...read].filter((name) => !granted.has(name)).map((name) => `no ${name}, which is read`),
  ];
}

describe("the role of the agent in a cluster", () => {
  const rules = manifests().flatMap((name) => (name === KUBELET_ROLE ? [] : rulesIn(documentsOf(name))));

  it("allows to get, list and watch exactly what the table reads, and nothing else", () => {
    expect(rules.length).toBeGreaterThan(20);
    expect(faultsOf(rules)).toEqual([]);
    for (const { apiGroups, verbs } of rules) {
      expect(verbs).toEqual(apiGroups?.includes("metrics.k8s.io") ? ["get", "list"] : ["get", "list", "watch"]);
    }
  });

  it.each<[string, Rule]>([
    ["the verb patch", { apiGroups: [""], resources: ["nodes"], verbs: ["get", "patch"] }],
    ["secrets", { apiGroups: [""], resources: ["secrets"], verbs: ["get"] }],
    ["the subresource nodes/proxy", { apiGroups: [""], resources: ["nodes/proxy"], verbs: ["get"] }],
    ['"*"', { apiGroups: ["*"], resources: ["nodes"], verbs: ["get"] }],
    ["the verb *", { apiGroups: [""], resources: ["nodes"], verbs: ["*"] }],
    ["configmaps, which is not read", { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }],
    ["the path /metrics", { nonResourceURLs: ["/metrics"], verbs: ["get"] }],
  ])("would be refused with %s", (fault, rule) => {
    expect(faultsOf([...rules, rule])).toContain(fault);
  });

  it("would be refused without something that is read", () => {
    expect(faultsOf(rules.filter(({ apiGroups }) => !apiGroups?.includes("longhorn.io")))).toContain(
      "no volumes.longhorn.io, which is read",
    );
  });

  it("for kubelets is a manifest of its own, allows one thing more, and binds the same account", () => {
    const documents = documentsOf(KUBELET_ROLE);
    expect(documents.map(({ kind }) => kind)).toEqual(["ClusterRole", "ClusterRoleBinding"]);
    expect(rulesIn(documents)).toEqual([{ apiGroups: [""], resources: ["nodes/proxy"], verbs: ["get"] }]);
    const [binding] = documentsOf("agent-role.yaml").filter(({ kind }) => kind === "ClusterRoleBinding");
    expect(documents[1]?.subjects).toEqual(binding?.subjects);
  });

  it("never reads secrets, by whatever group", () => {
    expect(RESOURCE_NAMES.filter((name) => groupAndPlural(name).plural === "secrets")).toEqual([]);
  });
});
