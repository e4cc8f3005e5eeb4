// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Stage, stage, TEST_NOW_MS } from "@/components/shell/testing";
import { LinkNoticeMark, LinkNotices } from "./link-notice";

const WELL = { thinnedSince: null, droppedMoments: 0, spoolError: null };
const ILL = { thinnedSince: new Date(TEST_NOW_MS - 3_600_000), droppedMoments: 2, spoolError: "ENOSPC" };

let page: Stage;
beforeEach(() => {
  page = stage();
});
afterEach(() => page.remove());
const text = () => page.root.textContent;

describe("the notice of a link", () => {
  test("is not there while all is well", () => {
    page.draw(<LinkNotices trouble={WELL} />);
    expect(text()).toBe("");
    page.draw(<LinkNoticeMark trouble={WELL} />);
    expect(text()).toBe("");
  });

  test("says of lost, endangered and coarser history what it means, the worst first", () => {
    page.draw(<LinkNotices trouble={ILL} />);
    const sentences = [...page.root.querySelectorAll("p")].map((line) => line.textContent ?? "");
    expect(sentences).toHaveLength(3);
    expect(sentences[0]).toContain("2 moments were given up");
    expect(sentences[1]).toContain("ENOSPC");
    expect(sentences[1]).toContain("is lost when it stops");
    expect(sentences[2]).toContain("since 13:10");
  });

  test("of agents that were turned away says that nothing is lost", () => {
    page.draw(<LinkNotices trouble={{ ...WELL, totals: { refusals: 7 } }} />);
    expect(text()).toContain("turned away 7 times");
    expect(text()).toContain("send them later");
    page.draw(<LinkNoticeMark trouble={{ ...WELL, totals: { refusals: 1 } }} />);
    expect(text()).toBe("Turned away once");
    page.draw(<LinkNotices trouble={{ ...WELL, totals: { refusals: 0 } }} />);
    expect(text()).toBe("");
  });

  test("is in a list the worst one only", () => {
    page.draw(<LinkNoticeMark trouble={ILL} />);
    expect(text()).toBe("2 moments lost");
    page.draw(<LinkNoticeMark trouble={{ ...WELL, thinnedSince: ILL.thinnedSince }} />);
    expect(text()).toBe("Thinned since 13:10");
  });
});
