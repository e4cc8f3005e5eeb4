import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AGENT_USER, type Followed, followPlane, grantRole, isSettled } from "@/agent/testing/followed-plane";
import { KubePlane, planeMissing } from "@/agent/testing/kube-plane";
import { MadeUpCluster, WELL_AT } from "@/agent/testing/made-up-cluster";
import { installObjects, readAllObjects } from "@/agent/testing/plane-objects";
import { describeCluster } from "./cluster-facts";

const objects = readAllObjects();

describe.skipIf(planeMissing)(
  `facts of a real API server${planeMissing ? ` (skipped: ${planeMissing})` : ""}`,
  { timeout: 120_000 },
  () => {
    let plane: KubePlane;
    let followed: Followed;

    beforeAll(async () => {
      plane = await KubePlane.start();
      await grantRole(plane);
      await installObjects(plane, objects);
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
