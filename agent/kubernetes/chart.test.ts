import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { loadAllYaml, loadYaml } from "@kubernetes/client-node";
import { describe, expect, it } from "vitest";
import * as z from "zod";

type Manifest = {
  kind: string;
  rules?: object[];
  spec?: { template: { spec: PodSpec }; volumeClaimTemplates?: object[] };
};
type PodSpec = {
  containers: { env: { name: string; value?: string }[]; volumeMounts: object[] }[];
  tolerations?: object[];
  volumes?: object[];
};

const CHART = "deploy/helm/fernblick-agent";
const read = (path: string) => readFileSync(path, "utf8");
const manifests = ["agent-role.yaml", "agent.yaml"].flatMap(
  (name) => loadAllYaml(read(`deploy/kubernetes/${name}`)) as Manifest[],
);
/** Helm makes the namespace itself (`--create-namespace`). */
const ofChart = manifests.filter(({ kind }) => kind !== "Namespace");
const values = loadYaml(read(`${CHART}/values.yaml`)) as Record<string, object>;
const schema = z.fromJSONSchema(JSON.parse(read(`${CHART}/values.schema.json`)));
const complete = {
  ...values,
  gateway: { url: "https://fernblick.example.org:4318", ca: "" },
  clusterName: "my-cluster",
};

const helmMissing = spawnSync("helm", ["version"]).error ? "no helm on this machine" : null;

function render(...settings: string[]): Manifest[] {
  const wanted = ["gateway.url=https://fernblick.example.org:4318", "clusterName=my-cluster", ...settings];
  const options = wanted.flatMap((setting) => ["--set", setting]);
  const text = execFileSync("helm", ["template", "fernblick-agent", CHART, "-n", "fernblick", ...options], {
    encoding: "utf8",
    stdio: "pipe",
  });
  return (loadAllYaml(text) as (Manifest | null)[]).filter((object) => object !== null);
}
const byKind = (objects: Manifest[]) => Object.fromEntries(objects.map((object) => [object.kind, object]));
const podOf = (objects: Manifest[]) => byKind(objects).StatefulSet?.spec?.template.spec;

describe("the chart of the agent", () => {
  it("has a template for each object of the manifests, and the very rules of their role", () => {
    const templates = readdirSync(`${CHART}/templates`).map((name) => read(`${CHART}/templates/${name}`));
    const kinds = templates.map((text) => /^kind: (\w+)$/m.exec(text)?.[1]).sort();
    // What is there only where it is wanted.
    const kubelets = ["ClusterRole", "ClusterRoleBinding"];
    expect(kinds).toEqual([...ofChart.map(({ kind }) => kind), "ConfigMap", "Secret", ...kubelets].sort());
    const role = loadYaml(read(`${CHART}/templates/cluster-role.yaml`));
    expect(role).toEqual(byKind(ofChart).ClusterRole);
  });

  it("asks for the address of the gateway, and for nothing else", () => {
    expect(schema.safeParse(values).error?.issues.map(({ path }) => path.join("."))).toEqual(["gateway.url"]);
    expect(schema.safeParse(complete).success).toBe(true);
  });

  it.each([
    ["a word that is not known", { ...complete, clustername: "x" }],
    ["a token that is none", { ...complete, joinToken: { value: "secret", key: "token" } }],
    ["an authority that is no certificate", { ...complete, gateway: { url: "https://a", ca: "/etc/ca.crt" } }],
    ["a size without a unit", { ...complete, storage: { persistent: true, size: "256" } }],
  ])("refuses %s", (_, wrong) => {
    expect(schema.safeParse(wrong).success).toBe(false);
  });

  describe.skipIf(helmMissing)(`rendered${helmMissing ? ` (skipped: ${helmMissing})` : ""}`, () => {
    it("is what the manifests say", () => {
      expect(byKind(render())).toEqual(byKind(ofChart));
    });

    it("keeps a given token in a secret, and takes one that is there instead", () => {
      expect(byKind(render("joinToken.value=fbj_1")).Secret).toMatchObject({ stringData: { token: "fbj_1" } });
      const objects = render("joinToken.value=fbj_1", "joinToken.existingSecret=mine");
      expect(byKind(objects).Secret).toBeUndefined();
      expect(podOf(objects)?.containers[0]?.env).toContainEqual({
        name: "FERNBLICK_JOIN_TOKEN",
        valueFrom: { secretKeyRef: { name: "mine", key: "token", optional: true } },
      });
    });

    it("lets the agent ask kubelets where that is wanted, by the very role of its manifest", () => {
      const wanted = loadAllYaml(read("deploy/kubernetes/agent-kubelet-role.yaml")) as Manifest[];
      expect(render("kubeletStats=true")).toEqual(expect.arrayContaining(wanted));
      expect(podOf(render("kubeletStats=true"))?.containers[0]?.env).toContainEqual({
        name: "FERNBLICK_KUBELET_STATS",
        value: "true",
      });
    });

    it("without a volume, with an authority, a toleration and a variable", () => {
      const objects = render(
        "storage.persistent=false",
        "gateway.ca=-----BEGIN CERTIFICATE-----",
        "tolerations[0].operator=Exists",
        "env.FERNBLICK_LOG_LEVEL=debug",
        "image.tag=1.2.3",
      );
      expect(byKind(objects).ConfigMap).toMatchObject({ data: { "ca.crt": "-----BEGIN CERTIFICATE-----" } });
      expect(byKind(objects).StatefulSet?.spec?.volumeClaimTemplates).toBeUndefined();
      expect(podOf(objects)).toMatchObject({
        tolerations: [{ operator: "Exists" }],
        volumes: [{ name: "authority" }, { name: "data", emptyDir: { sizeLimit: "256Mi" } }],
        containers: [{ image: "fernblick-agent:1.2.3", volumeMounts: [{ name: "data" }, { name: "authority" }] }],
      });
      expect(podOf(objects)?.containers[0]?.env).toEqual(
        expect.arrayContaining([
          { name: "NODE_EXTRA_CA_CERTS", value: "/etc/fernblick/ca.crt" },
          { name: "FERNBLICK_LOG_LEVEL", value: "debug" },
        ]),
      );
    });
  });
});
