import { and, eq, ilike, or, type SQL, sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { clusters } from "@/db/schema/clusters";
import { sites } from "@/db/schema/fleet";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { ofSite, speaksFor } from "@/server/clusters/connection";
import { notFound } from "@/server/errors";
import { likePattern } from "@/server/lists/subject";
import { endsWithin } from "./calendar";
import { countKubelets, hasComponent, hasKubelet, skewOf } from "./component-counts";
import { currentSupport } from "./dates";
import { minorOf, targetOf } from "./hops";
import { clusterSupport, cycleOf, type SupportState } from "./model";
import { type KeptVersions, type Plan, planOf } from "./plan";
import type { PlanFilter } from "./plan-filter";
import type { PlanDetail, PlanList, PlanListInput, PlanRow } from "./shapes";
import { ruleOf, type SupportData } from "./support-data";
import type { Support } from "./support-schema";
import { countVersions, ownFleet, supportedVersions } from "./version-counts";

const ROW = {
  id: clusters.id,
  name: clusters.name,
  siteId: sites.id,
  siteName: sites.name,
  distribution: clusters.distribution,
  gitVersion: clusters.gitVersion,
};

/** The most urgent first: what has ended, by how long ago, then what costs or ends soon, then what nobody knows. */
const URGENCY = ["ended", "extended", "ending", "unknown", "supported"] as const satisfies SupportState[];

type Running = ReturnType<typeof supportedVersions>[number];

/** Versions that a filter is about, the most urgent first; a cluster has its place by its version alone. */
function rankVersions(data: SupportData, running: readonly Running[], filter: PlanFilter, now: Date): Running[] {
  const { states, product, cycle, distribution, from, until, isSkewed } = filter;
  const isNarrowed = states.length > 0 || product !== null || distribution !== null || from !== null || isSkewed;
  const isOfKubernetes = product !== null && isKubernetes(data, product);
  const known = new Map<string, number>();
  const hopsOf = (support: Support): number => {
    const key = `${support.product} ${support.cycle}`;
    const hops = known.get(key) ?? (targetOf(data, support, now) ?? 0) - (minorOf(support.cycle) ?? 0);
    known.set(key, hops);
    return hops;
  };
  return running
    .filter(({ support, distribution: of, gitVersion }) => {
      if (!isNarrowed && support.state === "supported") return false;
      if (states.length > 0 && !states.includes(support.state)) return false;
      if (distribution !== null && (of !== distribution || (cycle !== null && cycleOf(gitVersion) !== cycle)))
        return false;
      if (from !== null && until !== null && !endsWithin(support, from, until)) return false;
      return !isOfKubernetes || (support.product === product && (cycle === null || support.cycle === cycle));
    })
    .map((version) => ({
      version,
      urgency: URGENCY.indexOf(version.support.state),
      ends: version.support.ends ?? "",
      hops: hopsOf(version.support),
    }))
    .sort((a, b) => a.urgency - b.urgency || a.ends.localeCompare(b.ends) || b.hops - a.hops)
    .map(({ version }) => version);
}

/** Dates of clusters themselves, in contrast to those of what runs in them. */
const isKubernetes = ({ rules }: SupportData, product: string): boolean => product === "kubernetes" || product in rules;

type Page = { cursor: number; limit: number };
type Row = Pick<PlanRow, "id" | "name" | "siteId" | "siteName" | "distribution" | "gitVersion">;

/** Versions that a filter is about with how many of its clusters run them, and what else it asks of a cluster. */
async function readRanked(tx: Transaction, caller: Caller, data: SupportData, filter: PlanFilter, now: Date) {
  const { product, cycle, isSkewed } = filter;
  const conditions: SQL[] = [];
  if (isSkewed) {
    const breaking = (await countKubelets(tx, caller)).filter((kind) => skewOf(data, kind)?.isAllowed === false);
    conditions.push(hasKubelet(breaking));
  }
  if (product !== null && !isKubernetes(data, product)) conditions.push(hasComponent(product, cycle));
  const search = filter.search.trim();
  if (search !== "") {
    const pattern = likePattern(search);
    const found = or(...[clusters.name, sites.name, clusters.gitVersion].map((column) => ilike(column, pattern)));
    if (found) conditions.push(found);
  }
  const running = supportedVersions(data, await countVersions(tx, caller, ...conditions), now);
  return { ranked: rankVersions(data, running, filter, now), conditions };
}

/** The versions whose clusters are on a page, and how many of their clusters come before it. */
function versionsOnPage(ranked: readonly Running[], { cursor, limit }: Page): { versions: Running[]; before: number } {
  const versions: Running[] = [];
  let before = 0;
  let at = 0;
  for (const version of ranked) {
    const next = at + version.clusters;
    if (next > cursor && at < cursor + limit) {
      if (versions.length === 0) before = cursor - at;
      versions.push(version);
    }
    at = next;
  }
  return { versions, before };
}

async function readRows(
  tx: Transaction,
  caller: Caller,
  { conditions, versions }: { conditions: readonly SQL[]; versions: readonly Running[] },
  page: { offset: number; limit: number } | null,
): Promise<Row[]> {
  if (versions.length === 0) return [];
  const places = versions.map(({ distribution, gitVersion }, place) => ({
    d: distribution ?? "",
    v: gitVersion ?? "",
    place,
  }));
  const query = tx
    .select(ROW)
    .from(clusters)
    .innerJoin(sites, ofSite)
    .innerJoin(agents, speaksFor)
    .innerJoin(
      sql`jsonb_to_recordset(${JSON.stringify(places)}::jsonb) as ranked(d text, v text, place int)`,
      sql`ranked.d = coalesce(${clusters.distribution}, '') and ranked.v = coalesce(${clusters.gitVersion}, '')`,
    )
    .where(and(ownFleet(caller), ...conditions))
    .orderBy(sql`ranked.place`, sql`lower(${clusters.name})`, clusters.id);
  return page ? query.limit(page.limit).offset(page.offset) : query;
}

async function readKept(tx: Transaction, caller: Caller, ids: readonly string[]): Promise<Map<string, KeptVersions>> {
  // One parameter however many there are.
  const { rows } = await tx.execute<KeptVersions & { id: string }>(sql`
    select v.cluster_id as id, v.running, coalesce(k.kubelets, '[]') as kubelets from cluster_versions v
    left join (
      select cluster_id, json_agg(json_build_object('cycle', cycle, 'nodes', nodes, 'controlPlaneNodes', control_plane_nodes)
        order by cycle) as kubelets
      from cluster_kubelets where org_id = ${caller.orgId}::uuid and cluster_id = any(${sql.param(ids)}::uuid[])
      group by cluster_id) k on k.cluster_id = v.cluster_id
    where v.org_id = ${caller.orgId}::uuid and v.cluster_id = any(${sql.param(ids)}::uuid[])`);
  return new Map(rows.map(({ id, ...kept }) => [id, kept]));
}

async function withPlans(tx: Transaction, caller: Caller, rows: readonly Row[], data: SupportData, now: Date) {
  const kept = await readKept(
    tx,
    caller,
    rows.map(({ id }) => id),
  );
  // Clusters that are alike have the same way; in a fleet most are.
  const plans = new Map<string, Plan>();
  return rows.map((row): PlanRow => {
    const { id, distribution, gitVersion } = row;
    const { kubelets, running } = kept.get(id) ?? { kubelets: [], running: [] };
    const key = JSON.stringify([distribution, gitVersion, kubelets, running]);
    const known = plans.get(key);
    const support = clusterSupport(data, row, now);
    const plan = known ?? planOf(data, { distribution, gitVersion, support, kubelets, running }, now);
    if (!known) plans.set(key, plan);
    return { ...row, support, ...plan };
  });
}

/** A page of clusters by urgency, each with its way to a supported version. */
export async function listPlan(caller: Caller, input: PlanListInput, now = new Date()): Promise<PlanList> {
  return asCaller(caller, async (tx) => {
    const { data } = currentSupport();
    const { ranked, conditions } = await readRanked(tx, caller, data, input, now);
    const { versions, before } = versionsOnPage(ranked, input);
    const rows = await readRows(tx, caller, { conditions, versions }, { offset: before, limit: input.limit });
    const total = ranked.reduce((sum, { clusters: count }) => sum + count, 0);
    return { rows: await withPlans(tx, caller, rows, data, now), total };
  });
}

/** All of it, for a file. */
export async function readPlan(caller: Caller, filter: PlanFilter, now = new Date()): Promise<PlanRow[]> {
  return asCaller(caller, async (tx) => {
    const { data } = currentSupport();
    const { ranked, conditions } = await readRanked(tx, caller, data, filter, now);
    const rows = await readRows(tx, caller, { conditions, versions: ranked }, null);
    return withPlans(tx, caller, rows, data, now);
  });
}

/** Names that are listed of nodes of one version. */
const NAMES_MAX = 50;

/**
 * One cluster's way, with the nodes that are to be done.
 * @throws DomainError not_found, also for a cluster at a site that this caller may not see
 */
export async function getPlan(caller: Caller, clusterId: string, now = new Date()): Promise<PlanDetail> {
  return asCaller(caller, async (tx) => {
    const rows = await tx
      .select(ROW)
      .from(clusters)
      .innerJoin(sites, ofSite)
      .where(and(visibleSites(caller), eq(clusters.id, clusterId)));
    const { data } = currentSupport();
    const [row] = await withPlans(tx, caller, rows, data, now);
    if (!row) throw notFound("cluster");
    const nodes = await tx.execute<PlanDetail["nodes"][number]>(sql`
      select i.item->>'kubeletVersion' as version, count(*)::int as total,
        (array_agg(i.key order by i.key))[1:${sql.raw(String(NAMES_MAX))}] as names
      from cluster_items i join clusters c on c.org_id = i.org_id and c.id = i.cluster_id and c.generation = i.generation
      where i.org_id = ${caller.orgId}::uuid and i.cluster_id = ${clusterId}::uuid and i.kind = 'node'
      group by 1 order by 2 desc, 1`);
    const { source, sourceUrl, asOf } = ruleOf(data, row.distribution);
    return { row, rule: { source, sourceUrl, asOf }, nodes: nodes.rows };
  });
}
