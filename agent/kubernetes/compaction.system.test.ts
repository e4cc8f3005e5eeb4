import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Followed, followPlane, isSettled, many, namesOf, networkPolicy } from "@/agent/testing/followed-plane";
import { KubePlane, planeMissing } from "@/agent/testing/kube-plane";
import { startWire, type Wire } from "@/e2e/system/wire";
import type { ApiRequest } from "./api-client";

const POLICIES = "networkpolicies.networking.k8s.io";
const LIMIT = { timeout: 60_000 };

describe.skipIf(planeMissing)(
  `a history that is gone${planeMissing ? ` (skipped: ${planeMissing})` : ""}`,
  LIMIT,
  () => {
    let plane: KubePlane;
    let wire: Wire;
    let followed: Followed;
    /** Paths and queries of all requests. */
    let asked: ApiRequest[] = [];
    let beforeRequest: (request: ApiRequest) => Promise<void> = async () => {};

    beforeAll(async () => {
      // Else the API server answers old watches from its own memory.
      plane = await KubePlane.start("--watch-cache=false");
      wire = await startWire(plane.apiPort);
      await many(600, (index) => plane.create("networkpolicies", networkPolicy(`p-${index}`)));
    }, 120_000);
    afterEach(async () => {
      await followed?.stop();
      asked = [];
      beforeRequest = async () => {};
    });
    afterAll(async () => {
      await wire?.close();
      await plane?.close();
    }, 60_000);

    const follow = async () => {
      followed = await followPlane(plane.kubeconfig({ port: wire.port }), {}, (client) => ({
        document: (request) => client.document(request),
        get: async (request) => {
          asked.push(request);
          await beforeRequest(request);
          return client.get(request);
        },
      }));
      return followed;
    };
    const askedOf = (path: string) => asked.filter((request) => request.path.endsWith(path));
    const isList = ({ query }: ApiRequest) => query?.watch === undefined;

    it("is read in pages, each page once", async () => {
      const { view, until } = await follow();
      await until(isSettled);
      expect(view.list(POLICIES).size).toBe(600);
      expect(askedOf("/networkpolicies").filter(isList)).toHaveLength(2);
      expect(askedOf("/pods").filter(isList)).toHaveLength(1);
    });

    it("a watch that is too old (410) is begun again with a list, which has what came between and not what went", async () => {
      const { view, until } = await follow();
      await until(isSettled);
      wire.refuse(true);
      wire.reset();
      await until(() => view.state(POLICIES).status === "failing");
      await plane.delete("networkpolicies", networkPolicy("p-0"));
      await plane.create("networkpolicies", networkPolicy("made-unseen"));
      await plane.compact();
      asked = [];
      wire.refuse(false);
      await until((now) => isSettled(now) && namesOf(now.list(POLICIES)).includes("made-unseen"));
      expect(view.list(POLICIES).size).toBe(600);
      expect(namesOf(view.list(POLICIES))).not.toContain("p-0");
      expect(askedOf("/networkpolicies").filter(isList).length).toBeGreaterThan(0);
    });

    it("a place in the pages that is too old (410) is left for one whole list, which has what came between", async () => {
      let isCompacted = false;
      beforeRequest = async ({ path, query }) => {
        if (!path.endsWith("/networkpolicies") || !query?.continue || isCompacted) return;
        isCompacted = true;
        await plane.delete("networkpolicies", networkPolicy("p-1"));
        await plane.create("networkpolicies", networkPolicy("made-between"));
        await plane.compact();
      };
      const { view, until } = await follow();
      await until(isSettled);
      expect(isCompacted).toBe(true);
      const names = namesOf(view.list(POLICIES));
      expect(names).toContain("made-between");
      expect(names).not.toContain("p-1");
      expect(names).toHaveLength(600);
      const [first, second, third] = askedOf("/networkpolicies").filter(isList);
      expect([first?.query?.limit, second?.query?.limit, third?.query?.limit]).toEqual([500, 500, undefined]);
    });
  },
);
