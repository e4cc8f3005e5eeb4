import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSitesCsv, writeSitesCsv } from "./csv";
import { type KnownSite, planImport } from "./import-plan";
import {
  pairProblem,
  readSite,
  readSiteField,
  SITE_FIELDS,
  type SiteConnectivity,
  type SiteHealth,
  type SitePlace,
  siteConnectivity,
  siteHealth,
  siteState,
  siteTexts,
} from "./model";

describe("the state of a site", () => {
  test("is never good where something is silent, missing or unknown", () => {
    const connectivities: SiteConnectivity[] = ["online", "partly", "offline", "never", "empty"];
    const healths: SiteHealth[] = ["critical", "warning", "unknown", "maintenance", "good"];
    const states = connectivities.map((connectivity) => healths.map((health) => siteState(connectivity, health)));
    expect(states).toEqual([
      ["critical", "warning", "unknown", "maintenance", "good"],
      ["critical", "warning", "warning", "warning", "warning"],
      ["offline", "offline", "offline", "offline", "offline"],
      ["unknown", "unknown", "unknown", "unknown", "unknown"],
      ["unknown", "unknown", "unknown", "unknown", "unknown"],
    ]);
  });

  test("counts what never reported apart from what went silent", () => {
    expect(siteConnectivity({ total: 0, online: 0, never: 0 })).toBe("empty");
    expect(siteConnectivity({ total: 2, online: 0, never: 2 })).toBe("never");
    expect(siteConnectivity({ total: 2, online: 0, never: 1 })).toBe("offline");
    expect(siteHealth({ online: 0, critical: 0, warning: 0, paused: 0, unknown: 0 })).toBe("unknown");
    expect(siteHealth({ online: 3, critical: 0, warning: 0, paused: 1, unknown: 1 })).toBe("unknown");
  });
});

describe("an entry", () => {
  test.each([
    ["latitude", "53,5511", 53.5511],
    ["latitude", " -90 ", -90],
    ["longitude", "+179.99", 179.99],
    ["pue", "1,25", 1.25],
    ["country", "de", "DE"],
    ["country", "XK", "XK"],
    ["timeZone", "europe/berlin", "Europe/Berlin"],
    ["timeZone", "UTC", "UTC"],
    ["runbookUrl", "HTTPS://wiki.example/r?x=1", "https://wiki.example/r?x=1"],
    ["owner", "   ", null],
    ["address", "Hafenstr. 1\r\n20457 Hamburg", "Hafenstr. 1\n20457 Hamburg"],
  ] as const)("%s %j is read as %j", (field, text, value) => {
    expect(readSiteField(field, text)).toEqual({ value });
  });

  test.each([
    ["latitude", "90.1"],
    ["latitude", "1.234,5"],
    ["latitude", "53° 33'"],
    ["latitude", "NaN"],
    ["longitude", "181"],
    ["pue", "0.9"],
    ["country", "Germany"],
    ["country", "XX"],
    ["country", "EU"],
    ["timeZone", "Europe/Hamburg"],
    ["timeZone", "+01:00"],
    ["runbookUrl", "javascript:alert(1)"],
    ["runbookUrl", "wiki.example"],
    ["name", ""],
    ["name", "two\nlines"],
    ["name", "x".repeat(201)],
    ["labels", "region"],
    ["labels", "a=1, a=2"],
    ["owner", "bell\u0007"],
  ] as const)("%s %j is refused with what is expected", (field, text) => {
    expect(readSiteField(field, text)).toMatchObject({ expected: { kind: expect.any(String) } });
  });

  test("of one coordinate alone is no place", () => {
    expect(pairProblem({ latitude: 1, longitude: null })).toMatchObject({ field: "longitude" });
    expect(pairProblem({ latitude: 0, longitude: 0 })).toBeNull();
  });
});

const optional = (max: number) =>
  fc.option(
    fc
      .string({ unit: "grapheme", minLength: 1, maxLength: max })
      .map((text) => text.replaceAll(/\p{Cc}/gu, "x").trim())
      .filter((text) => text.length > 0 && text.length <= max),
  );
const degrees = (max: number) => fc.double({ min: -max, max, noNaN: true }).map((value) => (value === 0 ? 0 : value));
const anySite: fc.Arbitrary<SitePlace> = fc
  .record({
    name: optional(60).map((name) => name ?? "Site"),
    region: optional(20),
    country: fc.option(fc.constantFrom("DE", "AT", "FR")),
    address: fc.option(fc.constantFrom("=1+1", "'quoted", 'Main St 1;\n2nd "floor", left', "'-3", "@x", "-", "+49 40")),
    place: fc.option(fc.record({ latitude: degrees(90), longitude: degrees(180) })),
    timeZone: fc.option(fc.constantFrom("Europe/Berlin", "UTC")),
    gridZone: optional(10),
    tariff: optional(20),
    pue: fc.option(fc.double({ min: 1, max: 10, noNaN: true })),
    contact: optional(40),
    runbookUrl: fc.option(fc.webUrl()),
    carrier: optional(20),
    powerFeed: optional(20),
    owner: optional(20),
    deputy: optional(20),
    labels: fc.dictionary(fc.constantFrom("region", "tier", "a.b/c"), fc.constantFrom("", "north", "1.2-x")),
  })
  .map(({ place, ...site }) => ({
    ...site,
    latitude: place?.latitude ?? null,
    longitude: place?.longitude ?? null,
  }));

const keyOf = (name: string) => name.toLowerCase();
const known = (site: SitePlace, at: number): KnownSite => ({
  ...site,
  name: `${at} ${site.name}`,
  id: `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`,
  key: keyOf(`${at} ${site.name}`),
  isSimulated: false,
});
const plan = (text: string, sites: readonly KnownSite[], isInReach = () => true) => {
  const csv = readSitesCsv(text, 1000);
  const keys = csv.rows.map(({ texts }) => keyOf((texts.name ?? "").trim()));
  return planImport({ csv, keys, known: sites, takenKeys: new Set(), isInReach });
};

describe("a CSV of sites", () => {
  test("that was exported changes nothing when it is imported, whatever stands in it", () => {
    fc.assert(
      fc.property(fc.array(anySite, { maxLength: 8 }), fc.constantFrom(",", ";"), (sites, separator) => {
        const all = sites.map(known);
        const text = writeSitesCsv(all, separator as "," | ";");
        const { problems, planned, left } = plan(text, all);
        expect(problems).toEqual([]);
        expect(planned.map(({ changed }) => changed)).toEqual([]);
        expect(left).toBe(all.length);
      }),
    );
  });

  test("makes of nothing the very sites that were exported", () => {
    fc.assert(
      fc.property(fc.array(anySite, { maxLength: 8 }), (sites) => {
        const all = sites.map(known);
        const withoutIds = writeSitesCsv(all, ";").replaceAll(/[0-9a-f]{8}-0000-4000-8000-\d{12}/g, "");
        const { planned, problems } = plan(withoutIds, []);
        expect(problems).toEqual([]);
        expect(planned.map(({ after }) => siteTexts(after))).toEqual(all.map((site) => siteTexts(site)));
      }),
    );
  });

  test("has no cell that a spreadsheet would run, but plain numbers", () => {
    fc.assert(
      fc.property(anySite, (site) => {
        const { data } = readRaw(writeSitesCsv([known(site, 1)], ","));
        const [, row = []] = data;
        for (const [at, cell] of row.entries()) {
          const isNumber = ["latitude", "longitude", "pue"].includes(SITE_FIELDS[at - 1] ?? "");
          if (!isNumber) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
        }
      }),
    );
  });

  test("names line, column, what was found and what was expected; lines within quotes are counted", () => {
    const text = 'name;address;pue;latitude;longitude\n"A";"one\ntwo";1,2;1;2\nB;x;12;91;3\nC;x\n"D;x;1;1;1\n';
    expect(plan(text, []).problems.map(({ line, column, expected }) => [line, column, expected.kind])).toEqual([
      [4, "latitude", "number"],
      [4, "pue", "number"],
      [5, "", "columns"],
      [6, "", "quote"],
    ]);
  });

  test("may have its columns in any order, a mark for UTF-8, tabs, blank lines and lines that end as on Windows", () => {
    const csv = readSitesCsv("\uFEFFOwner\tNAME\tnotes\r\nAda\tOne\tx\r\n\r\n\t\t\r\nBo\tTwo\ty\r\n", 10);
    expect(csv.rows.map(({ line, texts }) => [line, texts])).toEqual([
      [2, { owner: "Ada", name: "One" }],
      [5, { owner: "Bo", name: "Two" }],
    ]);
    expect(csv.ignoredColumns).toEqual(["notes"]);
  });

  test.each([
    ["", "empty"],
    ["\n \n", "empty"],
    ["region,owner\nx,y", "no_name_column"],
    ["name,owner,Name\nx,y,z", "duplicate_column"],
  ])("%j is refused as %s", (text, reason) => {
    expect(() => readSitesCsv(text, 10)).toThrow(expect.objectContaining({ reason }));
  });

  test("leaves what has no column, makes unknown what is empty, and says a site once", () => {
    const site = known({ ...readAll({ name: "x", owner: "Ada", region: "Nord" }) }, 1);
    const { planned, problems } = plan(`name,owner\n1 X,\n1 x,Bo\n`, [site]);
    expect(planned.map(({ after, changed }) => [after.owner, after.region, after.name, changed])).toEqual([
      [null, "Nord", "1 X", ["name", "owner"]],
    ]);
    expect(problems).toMatchObject([{ line: 3, column: "name", expected: { kind: "unique", line: 2 } }]);
  });
});

const readAll = (texts: Partial<Record<(typeof SITE_FIELDS)[number], string>>): SitePlace => {
  const empty = Object.fromEntries(SITE_FIELDS.map((field) => [field, ""]));
  return readSite({ ...empty, ...texts }).values as SitePlace;
};
/** The cells as a spreadsheet sees them. */
function readRaw(text: string): { data: string[][] } {
  const rows = text.replace(/^\uFEFF/, "");
  const data: string[][] = [[]];
  for (const match of rows.matchAll(/("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n|$)/g)) {
    const cell = match[1] ?? "";
    data.at(-1)?.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (match[2] === "\r\n") data.push([]);
    if (match[2] === "") break;
  }
  return { data };
}
