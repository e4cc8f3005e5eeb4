import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import {
  type Answer,
  answerJson,
  answerStatus,
  type FakeApiServer,
  startFakeApiServer,
} from "@/agent/testing/fake-api-server";
import { ApiAccess } from "./api-access";
import { ApiClient } from "./api-client";
import { ResourceStore } from "./resource-store";
import { ResourceWatch } from "./resource-watch";
import { kindOf } from "./resources";
import { Revival } from "./revival";
import { TIMINGS } from "./timings";
import { Turnstile } from "./turnstile";

const HASTY = { ...TIMINGS, backoffBase: 1, backoffMax: 5, denied: 1, watchSettle: 5 };
const node = (name: string, resourceVersion: string) => ({ metadata: { name, resourceVersion } });
const event = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;
const listOf = (resourceVersion: string, ...names: string[]) => ({
  kind: "NodeList",
  metadata: { resourceVersion },
  items: names.map((name) => node(name, "1")),
});

/** Follows nodes of a server that answers lists and watches in turn; the last answer of each is given for ever. */
class Scene {
  readonly store: ResourceStore;
  missing = 0;
  readonly #server: FakeApiServer;
  readonly #access: ApiAccess;
  readonly #ending = new AbortController();
  readonly #ended: Promise<void>;
  readonly #told: (() => void)[] = [];

  private constructor(server: FakeApiServer, access: ApiAccess) {
    this.#server = server;
    this.#access = access;
    this.store = new ResourceStore(kindOf("nodes"), Date.now, () => {
      for (const look of this.#told) look();
    });
    const watch = new ResourceWatch({
      revival: new Revival(() => 0),
      path: "/api/v1/nodes",
      version: "v1",
      client: new ApiClient(access),
      store: this.store,
      timings: HASTY,
      random: () => 1,
      turnstile: new Turnstile(1),
      onMissing: () => {
        this.missing += 1;
      },
    });
    this.#ended = watch.run(this.#ending.signal);
  }

  static async begin(lists: Answer[], watches: Answer[]): Promise<Scene> {
    const next = (answers: Answer[]) => (answers.length > 1 ? answers.shift() : answers[0]) as Answer;
    const server = await startFakeApiServer((path, query, response, request) => {
      next(query.has("watch") ? watches : lists)(path, query, response, request);
    });
    return new Scene(server, await ApiAccess.open(server.kubeconfig()));
  }

  get lists(): URLSearchParams[] {
    return this.#server.asked.flatMap(({ query }) => (query.has("watch") ? [] : [query]));
  }

  get watches(): URLSearchParams[] {
    return this.#server.asked.flatMap(({ query }) => (query.has("watch") ? [query] : []));
  }

  until(isTrue: () => boolean): Promise<void> {
    return new Promise((done) => {
      const look = () => isTrue() && done();
      this.#told.push(look);
      look();
    });
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#ended;
    this.#access.close();
    await this.#server.close();
  }
}

const list =
  (resourceVersion: string, ...names: string[]): Answer =>
  (_path, _query, response) =>
    answerJson(response, listOf(resourceVersion, ...names));
const refuse =
  (code: number, headers?: Record<string, string>): Answer =>
  (_path, _query, response) =>
    answerStatus(response, code, "no", headers);
const watch =
  (...lines: string[]): Answer =>
  (_path, _query, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write(lines.join(""));
  };
const endedWatch =
  (...lines: string[]): Answer =>
  (_path, _query, response: ServerResponse) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(lines.join(""));
  };

describe("following a resource", () => {
  let scene: Scene;
  afterEach(() => scene.end());

  it("goes on from the last event or bookmark when a watch ends, and lists once", async () => {
    scene = await Scene.begin(
      [list("10", "a")],
      [
        endedWatch(event("ADDED", node("b", "11"))),
        endedWatch(event("BOOKMARK", { metadata: { resourceVersion: "20" } })),
        watch(event("DELETED", node("a", "21"))),
      ],
    );
    await scene.until(() => !scene.store.objects.has("a") && scene.store.objects.has("b"));
    expect(scene.watches.map((query) => query.get("resourceVersion"))).toEqual(["10", "11", "20"]);
    expect(scene.watches[0]?.get("allowWatchBookmarks")).toBe("true");
    expect(scene.lists).toHaveLength(1);
  });

  it.each([
    ["an event that says so", watch(event("ERROR", { kind: "Status", code: 410, message: "too old" }))],
    ["the status", refuse(410)],
  ])("lists again when the history is gone, told by %s", async (_how, gone) => {
    scene = await Scene.begin([list("10", "a"), list("50", "b")], [gone, watch(event("ADDED", node("c", "51")))]);
    await scene.until(() => scene.store.objects.has("c"));
    expect([...scene.store.objects.keys()]).toEqual(["b", "c"]);
    expect(scene.watches.map((query) => query.get("resourceVersion"))).toEqual(["10", "50"]);
  });

  it("keeps what it knows and says why while the server refuses, and follows again", async () => {
    scene = await Scene.begin(
      [list("10", "a")],
      [refuse(500), refuse(429, { "retry-after": "0" }), watch(event("ADDED", node("b", "11")))],
    );
    await scene.until(() => scene.store.state.status === "failing");
    expect(scene.store.state).toMatchObject({ reason: "500: no", heardAtMs: expect.any(Number) });
    expect(scene.store.objects.has("a")).toBe(true);
    await scene.until(() => scene.store.state.status === "synced" && scene.store.objects.has("b"));
    expect(scene.lists).toHaveLength(1);
  });

  it("a watch that only opens and closes is a failure, and is not asked for in a loop", async () => {
    scene = await Scene.begin([list("10", "a")], [endedWatch(), watch()]);
    await scene.until(() => scene.store.state.status === "failing");
    expect(scene.store.state).toMatchObject({ reason: "the watch ended at once" });
    await scene.until(() => scene.store.state.status === "synced");
  });

  it.each([
    ["a line that is no event", watch("<html>\n")],
    ["which is not known", watch(event("RENAMED", node("a", "11")))],
    ["without a resource version", watch(event("ADDED", { metadata: { name: "x" } }))],
  ])("what is no watch is refused, and is not read as one: %s", async (reason, answer) => {
    scene = await Scene.begin([list("10", "a")], [answer, watch()]);
    await scene.until(() => scene.store.state.status === "failing");
    expect(scene.store.state).toMatchObject({ reason: expect.stringContaining(reason) });
    expect([...scene.store.objects.keys()]).toEqual(["a"]);
    await scene.until(() => scene.store.state.status === "synced");
  });

  it.each<[string, Answer]>([
    ["an answer that is no list", (_path, _query, response) => answerJson(response, { kind: "Status", metadata: {} })],
    [
      "a list that broke off",
      (_path, _query, response) => {
        const text = JSON.stringify(listOf("10", "a", "b"));
        response.writeHead(200, { "content-length": text.length });
        response.write(text.slice(0, -40), () => response.destroy());
      },
    ],
  ])("%s is not taken for all there is", async (_what, answer) => {
    scene = await Scene.begin([answer, list("10", "a", "b", "c")], [watch()]);
    await scene.until(() => scene.store.state.status === "failing");
    expect(scene.store.state).toMatchObject({ heardAtMs: null });
    await scene.until(() => scene.store.state.status === "synced");
    expect(scene.store.objects.size).toBe(3);
  });

  it("what is not permitted is unknown, and asked for again with a list", async () => {
    scene = await Scene.begin([list("10", "a"), refuse(403), list("30", "b")], [refuse(403), watch()]);
    await scene.until(() => scene.store.state.status === "denied");
    expect(scene.store.objects.size).toBe(0);
    await scene.until(() => scene.store.state.status === "synced");
    expect([...scene.store.objects.keys()]).toEqual(["b"]);
  });

  it("what the server does not know leads to asking what it serves", async () => {
    scene = await Scene.begin([refuse(404), list("10", "a")], [watch()]);
    await scene.until(() => scene.store.state.status === "synced");
    expect(scene.missing).toBe(1);
  });

  it("ends at once when it is told to, in the middle of an answer", async () => {
    let answering: ServerResponse | undefined;
    scene = await Scene.begin(
      [list("10", "a")],
      [
        (path, query, response, request) => {
          answering = response;
          watch(event("ADDED", node("b", "11")))(path, query, response, request);
        },
      ],
    );
    await scene.until(() => scene.store.objects.has("b"));
    const closed = answering && once(answering, "close");
    await scene.end();
    await closed;
  });
});
