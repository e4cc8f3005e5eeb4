import type pg from "pg";

/** Questions of each kind, as people type them. */
export type Questions = Record<string, string[]>;

const TYPED = ["swapped", "missing"] as const;

/** A word with two of its letters swapped, or one missing. */
function mistype(word: string, how: (typeof TYPED)[number]): string {
  const at = 2;
  if (how === "missing") return word.slice(0, at) + word.slice(at + 1);
  return word.slice(0, at) + (word[at + 1] ?? "") + (word[at] ?? "") + word.slice(at + 2);
}

/** So many questions of each kind about what is there. */
export async function readQuestions(admin: pg.Client, orgId: string, count: number): Promise<Questions> {
  const column = async (text: string): Promise<string[]> => {
    const { rows } = await admin.query<{ word: string }>(`${text} order by random() limit ${count}`, [orgId]);
    return rows.map(({ word }) => word);
  };
  const names = await column("select name as word from clusters where org_id = $1");
  const cities = await column("select split_part(name, ' ', 1) as word from sites where org_id = $1");
  const applications = await column(
    "select item->>'name' as word from cluster_items where org_id = $1 and kind = 'application'",
  );
  const nodes = await column(
    "select item->'internalIps'->>0 as word from cluster_items where org_id = $1 and kind = 'node'",
  );
  const pairs = cities.map((city, index) => `${city} ${applications[index] ?? ""}`);
  const folded = names.map((name) => name.split("-")[0] ?? "");
  return {
    name: names,
    city: cities,
    oneLetter: folded.map((word) => word.slice(0, 1)),
    twoLetters: folded.map((word) => word.slice(0, 2)),
    threeLetters: folded.map((word) => word.slice(0, 3)),
    application: applications,
    cityAndApplication: pairs,
    unfinishedPair: pairs.map((pair) => pair.slice(0, pair.indexOf(" ") + 3)),
    address: nodes,
    startOfAddress: nodes.map((address) => address.split(".").slice(0, 3).join(".")),
    uid: await column("select uid as word from clusters where org_id = $1"),
    volume: await column("select item->>'volume' as word from cluster_items where org_id = $1 and kind = 'claim'"),
    serial: await column("select facts->'systemSerial'->>'value' as word from machines where org_id = $1"),
    version: ["1.29", "1.30", "v1.31", "1.33.1", "1.3", "v1"],
    label: ["tier=edge", "region=north", "stage=prod", "tier=", "rack=r17"],
    typo: folded.map((word, index) => mistype(word, TYPED[index % 2] ?? "swapped")),
    typoInApplication: applications.map((word, index) => mistype(word, TYPED[index % 2] ?? "swapped")),
    nothing: folded.map((word) => `${word.slice(0, 2)}qx${word.slice(2)}zw`),
  };
}
