import type pg from "pg";
import { readQuestions } from "@/bench/search/questions";
import type { ConsoleVisitor } from "@/e2e/system/console-visitor";

/** What a page asks the console for; each time something else where pages differ. */
export type Visit = (round: number) => [path: string, input: object];

const STATES = ["", "tier=t3", "@health=failed", '@region in ("Region 3", "Region 4")', "stage=live, @version < 1.31"];
const CLUSTER_SORTS = ["health", "name", "site", "version", "nodes", "lastReceived"];
const MACHINE_SORTS = ["connectivity", "name", "site", "cpu", "memory"];
const QUESTIONS_OF_EACH_KIND = 40;

const turn = <T>(list: readonly T[], round: number): T => {
  const one = list[round % list.length];
  if (one === undefined) throw new RangeError("nothing to choose from");
  return one;
};

/** The visits of `bench:console` by their names in its figures. */
export async function visitsOf(admin: pg.Client, orgId: string): Promise<Record<string, Visit>> {
  const { rows } = await admin.query<{ id: string }>(
    "select id from clusters where org_id = $1 order by random() limit 200",
    [orgId],
  );
  const questions = Object.values(await readQuestions(admin, orgId, QUESTIONS_OF_EACH_KIND));
  const page = (sorts: readonly string[], round: number) => ({
    selector: turn(STATES, round),
    sort: turn(sorts, round),
    order: turn(["asc", "desc"], Math.floor(round / 2)),
    cursor: 100 * (round % 3),
    limit: 100,
  });
  return {
    overview: () => ["fleet.overview", {}],
    clusters: (round) => ["clusters.list", page(CLUSTER_SORTS, round)],
    machines: (round) => [
      "fleet.machines.list",
      { ...page(MACHINE_SORTS, round), selector: turn(["", "tier=t3", "@connection=online"], round) },
    ],
    facets: (round) => [
      "lists.facets",
      {
        kind: "cluster",
        selector: turn(STATES, round),
        search: "",
        dimensions: ["@health", "@connection", "@distribution", "@region", "stage"],
      },
    ],
    search: (round) => {
      const kind = turn(questions, round);
      return ["search.ask", { question: turn(kind, Math.floor(round / questions.length)) }];
    },
    clusterDetail: (round) => ["clusters.get", { clusterId: turn(rows, round).id }],
    siteMap: () => ["sites.map", {}],
  };
}

/** Asks each in turn, as several people would who look at different pages. @returns milliseconds by name */
export async function visitAll(
  visitor: ConsoleVisitor,
  visits: Readonly<Record<string, Visit>>,
  { rounds, warmRounds }: { rounds: number; warmRounds: number },
): Promise<Record<string, number[]>> {
  const taken: Record<string, number[]> = Object.fromEntries(Object.keys(visits).map((name) => [name, []]));
  for (let round = 0; round < warmRounds + rounds; round += 1) {
    for (const [name, visit] of Object.entries(visits)) {
      const [path, input] = visit(round);
      const startedAt = performance.now();
      await visitor.query(path, input);
      if (round >= warmRounds) taken[name]?.push(performance.now() - startedAt);
    }
  }
  return taken;
}
