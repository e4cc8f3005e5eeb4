import { expect, test } from "vitest";
import { browserOf } from "./browser-name";

const AGENTS = {
  edge: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
  safari:
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
  firefox: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
};

test("a browser is named by itself, not by what it claims to be as well", () => {
  expect(browserOf(AGENTS.edge)).toEqual({ browser: "Edge", system: "Windows" });
  expect(browserOf(AGENTS.safari)).toEqual({ browser: "Safari", system: "iOS" });
  expect(browserOf(AGENTS.firefox)).toEqual({ browser: "Firefox", system: "Linux" });
});

test("what cannot be told is not guessed", () => {
  expect(browserOf("curl/8.5.0")).toEqual({ browser: null, system: null });
  expect(browserOf(null)).toEqual({ browser: null, system: null });
});
