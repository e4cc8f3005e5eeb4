import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { COMPARISONS, matchesSelector, parseSelector } from "@/contract/selector";
import { openStage, type Stage } from "@/server/testing/stage";
import { requirementCondition } from "./selector-sql";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

/** Numbers that look random and are the same in each run (mulberry32). */
function dice(seed: number): <V>(of: readonly V[]) => V {
  let state = seed;
  return (of) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return of[((mixed ^ (mixed >>> 14)) >>> 0) % of.length] as never;
  };
}

const TEXTS = [null, null, "k3s", "rke2", "Köln", 'with "quotes"', ""];
const VERSIONS = [
  null,
  "v1.31.2+k3s1",
  "1.31.2",
  "v1.30.14",
  "v1.9",
  "v1",
  "2.0.0-rc.1",
  "latest",
  "1.31",
  "v999999999.1",
];
const NUMBERS = [null, 0, 1, 3, 0.5, -2, 17_179_869_184];
const LABELS: readonly Record<string, string>[] = [{}, { a: "x" }, { a: "y", b: "" }, { b: "z", distribution: "k3s" }];

const write = (text: string) => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;

function generate(pick: ReturnType<typeof dice>): string {
  const label = () => pick(["a", "b", "distribution"]);
  const labelValue = () => pick(["x", "y", "z", '""', "k3s"]);
  const textValue = () => pick(["k3s", "rke2", write("Köln"), write('with "quotes"'), '""']);
  const version = () => pick(["1.31", "v1.31.2", "1", "v1.30", "2.0.0", "0.9", "1.9.0", "999999999"]);
  const versionValue = () => pick([version(), version(), "v1.31.2+k3s1", '"1.31.2"', '"latest"', "latest"]);
  const number = () => pick(["0", "1", "3", "50%", "-2", "16Gi", "1k"]);
  const equal = (name: string, value: () => string) =>
    pick([
      `${name}=${value()}`,
      `${name}!=${value()}`,
      `${name} in (${value()}, ${value()})`,
      `${name} notin (${value()}, ${value()})`,
      name,
      `!${name}`,
    ]);
  const one = () =>
    pick([
      () => equal(label(), labelValue),
      () => equal("@distribution", textValue),
      () => equal("@version", versionValue),
      () => `@version ${pick(COMPARISONS)} ${version()}`,
      () => equal("@nodes", number),
      () => `@nodes ${pick(COMPARISONS)} ${number()}`,
    ])();
  return Array.from({ length: pick([1, 1, 2, 3]) }, one).join(", ");
}

test("SQL and the contract agree on what a selector of labels and facts matches, over 600 generated selectors", async () => {
  const pick = dice(5);
  const things = Array.from({ length: 120 }, (_, id) => {
    const [own, site] = [pick(LABELS), pick(LABELS)];
    const facts = { distribution: pick(TEXTS), version: pick(VERSIONS), nodes: pick(NUMBERS) };
    return { id, own, site, facts, labels: { ...site, ...own } };
  });
  const described = {
    labels: [sql`t.own`, sql`t.site`],
    facts: {
      distribution: sql`t.facts ->> 'distribution'`,
      version: sql`t.facts ->> 'version'`,
      nodes: sql`(t.facts ->> 'nodes')::float8`,
    },
  };
  let matchedInAll = 0;
  for (let round = 0; round < 600; round += 1) {
    const text = generate(pick);
    const requirements = parseSelector(text, "cluster");
    const conditions = requirements.map((requirement) => requirementCondition(requirement, described));
    const { rows } = await stage.database.orm.execute<{ id: number }>(sql`
      select t.id from jsonb_to_recordset(${JSON.stringify(things)}::jsonb) as t(id int, own jsonb, site jsonb, facts jsonb)
      where ${sql.join(conditions, sql` and `)} order by t.id`);
    const expected = things.filter((thing) => matchesSelector(requirements, thing)).map(({ id }) => id);
    expect([text, rows.map(({ id }) => id)]).toEqual([text, expected]);
    matchedInAll += expected.length;
  }
  // Generators that match nothing or all would prove nothing.
  expect(matchedInAll).toBeGreaterThan(600 * 10);
  expect(matchedInAll).toBeLessThan(600 * 100);
});
