// @vitest-environment jsdom
import { act } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type QueryLike, QueryView } from "./query-view";
import { type Stage, stage, TEST_NOW_MS } from "./testing";

let page: Stage;
const refetch = vi.fn();

beforeEach(() => {
  refetch.mockClear();
  page = stage();
});
afterEach(() => page.remove());

const failure = (code: string, reason: string, requestId: string | null = null) =>
  Object.assign(new Error(reason), { data: { code, reason, values: {}, requestId } });

function draw(query: Partial<QueryLike<string[]>>, silentSince: number | null = null, failedParts: string[] = []) {
  page.draw(
    <QueryView
      query={{
        data: undefined,
        error: null,
        isFetching: false,
        fetchStatus: "idle",
        dataUpdatedAt: TEST_NOW_MS - 600_000,
        refetch,
        ...query,
      }}
      skeleton={<i data-skeleton />}
      isEmpty={(rows) => rows.length === 0}
      empty={<p>Enrol a machine first</p>}
      silentSince={() => silentSince}
      failedParts={() => failedParts}
    >
      {(rows) => <p data-content>{rows.join(", ")}</p>}
    </QueryView>,
  );
}
const text = () => page.root.textContent ?? "";
const content = () => page.root.querySelector("[data-content]")?.textContent;

describe("QueryView", () => {
  test("loading shows the skeleton and tells screen readers", () => {
    draw({ isFetching: true, fetchStatus: "fetching" });
    expect(page.root.querySelector("[data-skeleton]")).not.toBeNull();
    expect(page.root.querySelector("[aria-busy=true] [role=status]")?.textContent).toBe("Loading");
  });

  test("nothing there shows the next step instead of the content", () => {
    draw({ data: [] });
    expect(text()).toBe("Enrol a machine first");
    expect(content()).toBeUndefined();
  });

  test("content is shown bare when all is well", () => {
    draw({ data: ["edge-1"] });
    expect(text()).toBe("edge-1");
  });

  test("stale: a silent source keeps its last content and says since when", () => {
    draw({ data: ["edge-1"] }, TEST_NOW_MS - 480_000);
    expect(content()).toBe("edge-1");
    expect(text()).toContain("Silent since 14:02");
  });

  test("stale: when asking again fails, the content stays under a bar with the reason and a retry", () => {
    draw({ data: ["edge-1"], error: new TypeError("fetch failed") });
    expect(content()).toBe("edge-1");
    expect(text()).toContain("This is from 14:00");
    expect(text()).toContain("The console does not answer");
    act(() => page.root.querySelector("button")?.click());
    expect(refetch).toHaveBeenCalledOnce();
  });

  test("stale: an offline browser keeps the content and says so", () => {
    draw({ data: ["edge-1"], fetchStatus: "paused" });
    expect(content()).toBe("edge-1");
    expect(text()).toContain("This browser is offline");
  });

  test("partial: what failed is named and the rest is shown", () => {
    draw({ data: ["edge-1"] }, null, ["Kiel", "Husum"]);
    expect(content()).toBe("edge-1");
    expect(text()).toContain("2 parts could not be read");
    expect(text()).toContain("Kiel, Husum");
  });

  test("denied: takes away even what was shown before", () => {
    draw({ data: ["edge-1"], error: failure("FORBIDDEN", "denied") });
    expect(content()).toBeUndefined();
    expect(text()).toContain("You may not see this");
  });

  test("signed out: takes away the content and offers to sign in again", () => {
    draw({ data: ["edge-1"], error: failure("UNAUTHORIZED", "unauthenticated") });
    expect(content()).toBeUndefined();
    expect(page.root.querySelector("button")?.textContent).toBe("Sign in again");
  });

  test("error: says what failed, gives the request id and tries again", () => {
    draw({ error: failure("INTERNAL_SERVER_ERROR", "unexpected", "0f3f6c1e") });
    expect(page.root.querySelector("[role=alert]")).not.toBeNull();
    expect(page.root.querySelector("code")?.textContent).toBe("0f3f6c1e");
    const retry = [...page.root.querySelectorAll("button")].find((button) => button.textContent === "Try again");
    act(() => retry?.click());
    expect(refetch).toHaveBeenCalledOnce();
  });

  test("a reason that this page has no sentence for is still said in words", () => {
    draw({ error: failure("CONFLICT", "reason_of_tomorrow") });
    expect(text()).toContain("Something failed on our side");
    expect(text()).not.toContain("reason_of_tomorrow");
  });
});
