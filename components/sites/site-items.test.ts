import { describe, expect, test } from "vitest";
import { MAP_NO_PLACE } from "@/server/sites/model";
import { contactHref, contactParts } from "./contact-parts";
import { filterSites, listRows, readSiteItems, type SiteItem } from "./site-items";
import { parseSiteFilters, siteFilterParameters } from "./use-site-filters";

const item = (at: number, change: Partial<SiteItem> = {}): SiteItem => ({
  at,
  id: `id ${at}`,
  name: `Site ${at}`,
  region: "North",
  country: "DE",
  place: { latitude: 53, longitude: 10 },
  state: "good",
  machines: 1,
  machinesOnline: 1,
  clusters: 0,
  clustersOnline: 0,
  isSimulated: false,
  ...change,
});

test("the columns of the answer become one item a site; unknown stays unknown", () => {
  const ids = ["00010203-0405-0607-0809-0a0b0c0d0e0f", "ffffffff-ffff-4fff-8fff-ffffffffffff"];
  const numbers = (...values: number[]) => Buffer.from(Int32Array.from(values).buffer).toString("base64");
  const map = {
    at: new Date(0),
    ids: Buffer.from(ids.join("").replaceAll("-", ""), "hex").toString("base64"),
    names: "A\nB",
    regions: ["North"],
    countries: [],
    region: numbers(-1, 0),
    country: numbers(-1, -1),
    latitude: numbers(MAP_NO_PLACE, 0),
    longitude: numbers(MAP_NO_PLACE, -1_000_000),
    state: numbers(3, 0),
    machines: numbers(0, 2),
    machinesOnline: numbers(0, 1),
    clusters: numbers(0, 0),
    clustersOnline: numbers(0, 0),
    simulated: numbers(0, 1),
  };
  expect(readSiteItems(map)).toMatchObject([
    { id: ids[0], name: "A", region: null, country: null, place: null, state: "unknown", isSimulated: false },
    { id: ids[1], region: "North", place: { latitude: 0, longitude: -10 }, state: "critical", isSimulated: true },
  ]);
});

describe("the list", () => {
  test("has regions by name with their sites below, those without a region last", () => {
    const rows = listRows([item(1, { region: null }), item(2, { region: "South" }), item(3)], null);
    expect(rows.map((row) => (row.kind === "region" ? row.region : row.item.at))).toEqual([
      "North",
      3,
      "South",
      2,
      null,
      1,
    ]);
  });

  test("leaves out what the map does not show, but never what has no place", () => {
    const bounds = { west: 9, east: 11, south: 52, north: 54 };
    const far = item(2, { place: { latitude: 48, longitude: 10 } });
    const rows = listRows([item(1), far, item(3, { place: null, state: "unknown" })], bounds);
    expect(rows.flatMap((row) => (row.kind === "site" ? row.item.at : []))).toEqual([1, 3]);
    expect(rows[0]).toMatchObject({ kind: "region", count: 2, counts: { good: 1, unknown: 1 } });
  });

  test("is filtered by words, state and region, also by the missing one", () => {
    const items = [item(1), item(2, { region: null, country: null }), item(3, { state: "critical", name: "Harbour" })];
    const find = (filter: object) =>
      filterSites(items, { search: "", state: null, region: null, ids: null, ...filter }).map(({ at }) => at);
    expect(find({ search: "HARB" })).toEqual([3]);
    expect(find({ state: "critical" })).toEqual([3]);
    expect(find({ region: "" })).toEqual([2]);
    expect(find({ search: "de" })).toEqual([1, 3]);
  });
});

test("filters and the map's view stand in the address; what means nothing is dropped", () => {
  const text = "q=a&state=critical&region=&map=53.5511%2C9.9937%2C6.25&list=all";
  expect(siteFilterParameters(parseSiteFilters(new URLSearchParams(text))).toString()).toBe(text);
  const odd = parseSiteFilters(new URLSearchParams("state=odd&map=x&list=y"));
  expect(siteFilterParameters(odd).toString()).toBe("");
});

describe("a contact", () => {
  test.each([
    ["Ada +49 (0)40 123-456", "tel:+4940123456"],
    ["040/123 456 (Mo-Fr)", "tel:040123456"],
    ["ada@harbour.example", "mailto:ada@harbour.example"],
  ])("%s can be reached at %s", (contact, href) => {
    expect(
      contactParts(contact)
        .filter(({ kind }) => kind !== "text")
        .map(contactHref),
    ).toEqual([href]);
  });

  test("keeps every character, and takes no date or room for a number", () => {
    const text = "Ada, room 12.3, since 2024-01: +49 40 123456, ada@x.example!";
    expect(
      contactParts(text)
        .map((part) => part.text)
        .join(""),
    ).toBe(text);
    expect(contactParts(text).map(({ kind }) => kind)).toEqual(["text", "phone", "text", "mail", "text"]);
  });
});
