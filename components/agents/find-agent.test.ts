import { expect, test } from "vitest";
import { isFoundBy } from "./find-agent";

const agent = {
  id: "7419fe51-de86-42c1-ba99-6e3cdf68081d",
  hostname: "kiel-12",
  machineName: "Kiel 12 (left)",
  siteName: "Kiel",
  version: "0.1.0",
  systemUuid: "09D89277-B716-47CD-9405-B1040BFF41DF",
  systemSerial: null,
  joinTokenName: "Rollout",
};

test("an agent is found by parts of its name, site, token, id and UUID, whatever the letter case", () => {
  for (const search of ["kiel-1", "KIEL", "rollout", "6e3cdf", "b716-47cd", "(left)", "  kiel  rollout "]) {
    expect(isFoundBy(agent, search), search).toBe(true);
  }
});

test("every word has to fit, and a serial number that was not told is no text", () => {
  expect(isFoundBy(agent, "kiel hamburg")).toBe(false);
  expect(isFoundBy(agent, "null")).toBe(false);
});

test("two letters that an id holds by chance are not enough", () => {
  expect(isFoundBy(agent, "de86")).toBe(false);
});

test("no search finds everybody", () => {
  expect(isFoundBy(agent, "")).toBe(true);
});
