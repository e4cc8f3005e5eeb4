import { describe, expect, test } from "vitest";
import { SNIPPET_PROGRAMS, senderSnippet } from "./sender-snippets";

const input = { gatewayUrl: "https://gate.example:4318/", token: "fbk_id_secret", siteLabel: null };

describe("a configuration to paste", () => {
  test.each(SNIPPET_PROGRAMS)("for %s has the address without a double slash, and the token", (program) => {
    const snippet = senderSnippet(program, input);
    expect(snippet).toMatch(/https:\/\/gate\.example:4318\/(api\/v1\/write|v1\/metrics)/);
    expect(snippet).toContain("fbk_id_secret");
    expect(snippet).not.toContain("NAME");
  });

  test.each(SNIPPET_PROGRAMS)("for %s says where the site's name goes when a label has to tell it", (program) => {
    const snippet = senderSnippet(program, { ...input, siteLabel: "plant" });
    expect(snippet).toMatch(/plant(: "|=)NAME/);
  });
});
