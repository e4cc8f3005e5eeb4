import { expect, test } from "vitest";
import { DISTRIBUTIONS, PROVIDERS, SYSTEMS } from "@/contract/cluster/systems";
import { properName } from "./proper-names";

test("every distribution, provider and system has a name that people write", () => {
  const unnamed = [...DISTRIBUTIONS, ...PROVIDERS, ...Object.keys(SYSTEMS)].filter((word) => properName(word) === word);
  expect(unnamed).toEqual(["cloudflared"].filter((word) => unnamed.includes(word)));
  expect(properName("something_newer")).toBe("something_newer");
});
