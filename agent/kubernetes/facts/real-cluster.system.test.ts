import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { groupAndPlural } from "@/agent/kubernetes/resources";
import {
  AGENT_USER,
  definition,
  type Followed,
  followPlane,
  grantRole,
  isSettled,
} from "@/agent/testing/followed-plane";
import { type ApiObject, findDefinitions, KubePlane, planeMissing } from "@/agent/testing/kube-plane";
import { MadeUpCluster, readObjects, resourceOf, WELL_AT } from "@/agent/testing/made-up-cluster";
import { describeCluster } from "./cluster-facts";

const PUBLISHED = [
  "cert-manager",
  "cloudnative-pg",
  "external-secrets",
  "fleet",
  "flux-helm",
  "flux-kustomize",
  "flux-source",
  "longhorn",
  "piraeus",
  "portworx",
  "rook",
  "system-upgrade-controller",
  "velero",
];

const folder = new URL("../../testing/cluster-objects/", import.meta.url);
const objects = readdirSync(folder).flatMap((file) => readObjects(file.replace(".yaml", "")));
const nameOf = (object: ApiObject) => groupAndPlural(resourceOf(object));

describe.skipIf(planeMissing)(
  `facts of a real API server${planeMissing ? ` (skipped: ${planeMissing})` : ""}`,
  { timeout: 120_000 },
  () => {
    let plane: KubePlane;
    let followed: Followed;

    beforeAll(async () => {
      plane = await KubePlane.start();
      await grantRole(plane);
      const published = PUBLISHED.flatMap((system) => (findDefinitions(system)?.items ?? []) as ApiObject[]);
      for (const one of published) await plane.create("customresourcedefinitions", one);
      const known = new Set(published.map(({ metadata }) => metadata.name));
      for (const object of objects) {
        const { group, plural } = nameOf(object);
        if (known.has(`${plural}.${group}`)) continue;
        known.add(`${plural}.${group}`);
        const version = object.apiVersion.split("/")[1] as string;
        const scope = object.metadata.namespace ? "Namespaced" : "Cluster";
        await plane.create("customresourcedefinitions", definition(plural, group, [version], object.kind, scope));
      }
      for (const namespace of new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))) {
        await plane.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
      }
      for (const object of objects) await put(plane, object);
      followed = await followPlane(plane.kubeconfig({ user: AGENT_USER }));
    }, 240_000);
    afterAll(async () => {
      await followed?.stop();
      await plane?.close();
    }, 60_000);

    it("are those of the same objects read from a file: no field of theirs is refused, cut or called otherwise", async () => {
      const { view } = followed;
      await followed.until(isSettled);
      const expected = describeCluster(new MadeUpCluster(objects).view, WELL_AT).items.part;
      const { items } = describeCluster(view, WELL_AT);
      expect(Object.fromEntries(items.part ?? [])).toEqual(Object.fromEntries(expected ?? []));
    });
  },
);

/** Where the status is a resource of its own, it is not taken with the object. */
async function put(plane: KubePlane, object: ApiObject): Promise<void> {
  const { plural } = nameOf(object);
  await created(plane, plural, object);
  if (!object.status) return;
  await plane.setStatus(plural, object, object.status).catch((error: Error) => {
    if (!error.message.includes(": 404 ")) throw error;
  });
}

/** A definition is told of a moment before it is served. */
async function created(plane: KubePlane, plural: string, object: ApiObject): Promise<void> {
  const until = performance.now() + 60_000;
  for (;;) {
    const error = await plane.create(plural, object).then(
      () => null,
      (refused: Error) => refused,
    );
    if (!error) return;
    if (!error.message.includes(": 404 ") || performance.now() > until) throw error;
    await new Promise(setImmediate);
  }
}
