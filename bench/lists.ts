import { readFileSync } from "node:fs";
import { openDatabase } from "@/db/client";
import { listApplications } from "@/server/clusters/applications";
import { listClusters } from "@/server/clusters/queries";
import { listMachines } from "@/server/fleet/machine-queries";
import { listFacets } from "@/server/lists/facets";
import { previewSelector } from "@/server/lists/preview";
import { type ListedKind, ListInput } from "@/server/lists/shapes";
import { SUBJECTS } from "@/server/lists/subjects";
import { listUnits } from "@/server/storage/unit-queries";
import { createMember, signIn } from "@/server/testing/people";
import { fillLists } from "./lists/fill";
import { percentile, readOptions, significant } from "./options";
import { openStage } from "./programs/stage";

/**
 * `npm run bench:lists`: how long lists take over large fleets: page, counts and facets together, as the screens ask for
 * them. A tenth of the fleet is measured first; the last line is one JSON object, in milliseconds: of wall time, and of
 * processor time of Postgres and this process together, which says the same on a machine that has other work. Target for
 * 10,000 clusters with 40,000 machines, 100,000 applications and 200,000 volumes: p95 of 100 ms, and at most twice what a tenth takes.
 */

const options = readOptions({ clusters: 10_000, repeats: 20, only: "" });

type Timing = { p50: number; p95: number; cpu: number };

/** Processor time of Postgres for the connections of the bench and of this process, in milliseconds. */
async function processorMs(): Promise<number> {
  const { rows } = await stage.admin.query<{ pid: number }>(
    "select pid from pg_stat_activity where application_name = 'bench-lists'",
  );
  const nanoseconds = rows.map(({ pid }) => Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]));
  const { user, system } = process.cpuUsage();
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6 + (user + system) / 1e3;
}

async function time(work: () => Promise<unknown>): Promise<Timing> {
  const taken: number[] = [];
  let usedBefore = 0;
  for (let round = 0; round < options.repeats + 3; round += 1) {
    if (round === 3) usedBefore = await processorMs();
    const startedAt = performance.now();
    await work();
    // The first rounds warm the caches, as the product's own are.
    if (round >= 3) taken.push(performance.now() - startedAt);
  }
  const cpu = significant(((await processorMs()) - usedBefore) / options.repeats);
  return { cpu, p50: significant(percentile(taken, 50)), p95: significant(percentile(taken, 95)) };
}

const stage = await openStage("lists");
const database = openDatabase(stage.roles.appUrl, { applicationName: "bench-lists" });
try {
  const measured: Record<string, Record<string, Timing>> = {};
  for (const clusters of [Math.round(options.clusters / 10), options.clusters]) {
    const orgId = await fillLists(stage.admin, clusters);
    await stage.admin.query("vacuum analyze");
    const doors = { admin: stage.admin, database };
    const caller = await signIn(
      doors,
      await createMember(doors, orgId, { email: `${clusters}@lists.bench`, role: "owner" }),
    );
    const page = (change: Partial<ListInput> = {}) => ListInput.parse(change);
    const facets = (kind: ListedKind, dimensions: string[], selector = "") =>
      listFacets(caller, SUBJECTS[kind], { selector, search: "", dimensions });
    const both = (...reads: Promise<unknown>[]) => Promise.all(reads);
    const reads: Record<string, () => Promise<unknown>> = {
      "clusters, page": () => listClusters(caller, page()),
      "clusters, facets": () => facets("cluster", ["@health", "@connection", "@distribution"]),
      "clusters, page and facets": () =>
        both(listClusters(caller, page()), facets("cluster", ["@health", "@connection", "@distribution"])),
      "clusters, selector": () =>
        both(
          listClusters(caller, page({ selector: "tier=edge, @version < 1.31" })),
          facets("cluster", ["@health", "@connection", "tier"], "tier=edge, @version < 1.31"),
        ),
      "clusters, groups": () => listClusters(caller, page({ groupBy: "@region" })),
      "clusters, last page": () => listClusters(caller, page({ cursor: clusters - 100 })),
      "clusters, preview": () => previewSelector(caller, SUBJECTS.cluster, "tier=edge, @health=failed"),
      "machines, page and facets": () => both(listMachines(caller, page()), facets("machine", ["@connection", "@os"])),
      "machines, page": () => listMachines(caller, page()),
      "applications, page and facets": () =>
        both(listApplications(caller, page()), facets("application", ["@health", "@namespace"])),
      "applications, page": () => listApplications(caller, page()),
      "applications, facets": () => facets("application", ["@health", "@namespace"]),
      "applications, selector": () => listApplications(caller, page({ selector: "tier=edge, @health=failed" })),
      "storage, page": () => listUnits(caller, page()),
      "storage, facets": () => facets("storage", ["@forecast", "@kind", "@class"]),
      "storage, page and facets": () =>
        both(listUnits(caller, page()), facets("storage", ["@forecast", "@kind", "@class"])),
      "storage, selector": () => listUnits(caller, page({ selector: "tier=edge, @daysLeft < 30" })),
    };
    const own: Record<string, Timing> = {};
    for (const [name, read] of Object.entries(reads)) {
      if (!name.startsWith(options.only)) continue;
      own[name] = await time(read);
      console.log(
        `${clusters} clusters: ${name}: p50 ${own[name].p50} ms, p95 ${own[name].p95} ms, processor ${own[name].cpu} ms`,
      );
    }
    measured[clusters] = own;
  }
  console.log(JSON.stringify(measured));
} finally {
  await database.close();
  await stage.close();
}
