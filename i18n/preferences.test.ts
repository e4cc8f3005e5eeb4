import { expect, test } from "vitest";
import { chooseLocale, isPreference, isZone } from "./preferences";

test("the language is the cookie's, else the best wish of the browser, else English", () => {
  expect(chooseLocale("de", "en-GB,en;q=0.9")).toBe("de");
  expect(chooseLocale(undefined, "fr-FR, en;q=0.5, de-AT;q=0.8")).toBe("de");
  expect(chooseLocale(undefined, "de;q=0, en;q=0.1")).toBe("en");
  expect(chooseLocale("klingon", "fr")).toBe("en");
  expect(chooseLocale(undefined, null)).toBe("en");
});

test("only a time zone that exists is taken", () => {
  expect(isZone("Europe/Berlin")).toBe(true);
  expect(isZone("Europe/Atlantis")).toBe(false);
  expect(isZone("")).toBe(false);
});

test("a preference takes none but its own values", () => {
  expect(isPreference("locale", "de")).toBe(true);
  expect(isPreference("locale", "collapsed")).toBe(false);
  expect(isPreference("navigation", "collapsed")).toBe(true);
  expect(isPreference("navigation", "<script>")).toBe(false);
  expect(isPreference("zone", "Asia/Tokyo")).toBe(true);
});
