// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Stage, stage } from "@/components/shell/testing";
import { type MadeToken, TokenSnippets } from "./token-snippets";

const MADE: MadeToken = {
  id: "11111111-1111-4111-8111-111111111111",
  token: "fbk_11111111-1111-4111-8111-111111111111_secret",
  expiresAt: null,
  gatewayUrl: "http://localhost:4318",
  siteLabel: "plant",
};

describe.each(["en", "de"] as const)("a token that was just made, in %s", (locale) => {
  let page: Stage;
  beforeEach(() => {
    page = stage(locale);
  });
  afterEach(() => page.remove());

  test("is shown with the configuration of the first program, and says what the label is for", () => {
    page.draw(<TokenSnippets made={MADE} onDone={() => undefined} />);
    const code = [...page.root.querySelectorAll("code")].map((block) => block.textContent ?? "");
    expect(code[0]).toBe(MADE.token);
    expect(code[1]).toContain("remote_write:");
    expect(code[1]).toContain(MADE.token);
    expect(page.root.textContent).toContain("plant");
    expect(page.root.textContent).not.toMatch(/senders\.made/);
  });
});
