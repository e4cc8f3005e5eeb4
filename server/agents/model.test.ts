import { expect, test } from "vitest";
import { JoinTokenInput, tokenState } from "./model";

const NOW = new Date("2026-06-01T12:00:00Z");
const later = new Date(NOW.getTime() + 1);

test.each([
  ["open until the moment it expires", { revokedAt: null, expiresAt: later, usesCount: 0 }, "open"],
  ["expired at that moment", { revokedAt: null, expiresAt: NOW, usesCount: 0 }, "expired"],
  ["used up at the last use", { revokedAt: null, expiresAt: later, usesCount: 2 }, "used_up"],
  ["used up rather than expired", { revokedAt: null, expiresAt: NOW, usesCount: 2 }, "used_up"],
  ["revoked before all else", { revokedAt: NOW, expiresAt: NOW, usesCount: 2 }, "revoked"],
])("a join token is %s", (_title, token, expected) => {
  expect(tokenState({ usesMax: 2, ...token }, NOW)).toBe(expected);
});

test("labels of a token are label names and values, at most 64", () => {
  const input = {
    name: "t",
    siteId: "11111111-1111-4111-8111-111111111111",
    usesMax: 1,
    hoursToLive: 1,
    isApprovalRequired: false,
  };
  const isTaken = (labels: Record<string, string>) => JoinTokenInput.safeParse({ ...input, labels }).success;
  expect(isTaken({ region: "north", "example.com/gpu": "" })).toBe(true);
  expect(isTaken({ "bad name": "x" })).toBe(false);
  expect(isTaken({ region: "a/b" })).toBe(false);
  expect(isTaken(Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`k${index}`, "v"])))).toBe(false);
});
