import { afterEach, describe, expect, it } from "vitest";
import { answerStatus, type FakeApiServer, startFakeApiServer } from "@/agent/testing/fake-api-server";
import { readCluster } from "./read-cluster";

describe("one reading of a cluster", () => {
  let server: FakeApiServer;
  afterEach(() => server.close());

  it("of a server that does not answer well says so, and that nothing is known", async () => {
    server = await startFakeApiServer((_path, _query, response) => answerStatus(response, 503, "starting"));
    const read = await readCluster(server.kubeconfig());
    expect(read).toMatchObject({ gitVersion: null, failing: { reason: "503: starting" }, absent: [], warnings: [] });
    expect(read.resources.pods).toMatchObject({ status: "waiting", objects: null });
  });
});
