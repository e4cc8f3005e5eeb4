import { and, eq, ilike, or, type SQL, sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { clusters } from "@/db/schema/clusters";
import { sites } from "@/db/schema/fleet";
import { clusterVersions } from "@/db/schema/support";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { likePattern, ofSite, speaksFor } from "@/server/clusters/queries";
import { notFound } from "@/server/errors";
import { endsWithin } from "./calendar";
import { ruleOf, type SupportData } from "./data";
import { currentSupport } from "./dates";
import { countKubelets, hasKubelet, skewOf } from "./fleet-queries";
import { minorOf, targetOf } from "./hops";
import { clusterSupport, cycleOf, type SUPPORT_STATES } from "./model";
import { type KeptVersion, planOf } from "./plan";
import type { PlanDetail, PlanFilter, PlanList, PlanListInput, PlanRow } from "./shapes";
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
const URGENCY = [
  "ended",
  "extended",
  "ending",
  "unknown",
  "supported",
] as const satisfies (typeof SUPPORT_STATES)[number][];

type Running = ReturnType<typeof supportedVersions>[number];

/** Versions that a filter is about, the most urgent first; a cluster has its place by its version alone. */
function rankVersions(data: SupportData, running: readonly Running[], filter: PlanFilter, now: Date): Running[] {
  const { states, product, cycle, distribution, from, until, isSkewed } = filter;
  const isNarrowed = states.length > 0 || product !== null || distribution !== null || from !== null || isSkewed;
  const isOfKubernetes = product !== null && isKubernetes(data, running, product);
  const hopsOf = ({ support, gitVersion }: Running) =>
    (targetOf(data, support, now) ?? 0) - (minorOf(cycleOf(gitVersion)) ?? 0);
  return running
    .filter(({ support, distribution: of, gitVersion }) => {
      if (!isNarrowed && support.state === "supported") return false;
      if (states.length > 0 && !states.includes(support.state)) return false;
      if (distribution !== null && (of !== distribution || (cycle !== null && cycleOf(gitVersion) !== cycle)))
        return false;
      if (from !== null && until !== null && !endsWithin(support, from, until)) return false;
      return !isOfKubernetes || (support.product === product && (cycle === null || support.cycle === cycle));
    })
    .sort(
      (a, b) =>
        URGENCY.indexOf(a.support.state) - URGENCY.indexOf(b.support.state) ||
        (a.support.ends ?? "").localeCompare(b.support.ends ?? "") ||
        hopsOf(b) - hopsOf(a),
    );
}

/** Dates of clusters themselves, in contrast to those of what runs in them. */
const isKubernetes = (data: SupportData, running: readonly Running[], product: string): boolean =>
  product === "kubernetes" || product in data.rules || running.some(({ support }) => support.product === product);

type Page = { cursor: number; limit: number };

async function readRows(tx: Transaction, caller: Caller, filter: PlanFilter, page: Page | null, now: Date) {
  const { data } = currentSupport();
  const running = supportedVersions(data, await countVersions(tx, caller), now);
  const ranked = rankVersions(data, running, filter, now);
  const conditions: (SQL | undefined)[] = [ownFleet(caller)];
  const { product, cycle, isSkewed } = filter;
  if (product !== null && !isKubernetes(data, running, product)) conditions.push(hasComponent(product, cycle));
  if (isSkewed) {
    const breaking = (await countKubelets(tx, caller)).filter((kind) => skewOf(data, kind)?.isAllowed === false);
    conditions.push(hasKubelet(breaking));
  }
  const search = filter.search.trim();
  if (search !== "") {
    const pattern = likePattern(search);
    conditions.push(or(...[clusters.name, sites.name, clusters.gitVersion].map((column) => ilike(column, pattern))));
  }
  const places = JSON.stringify(
    ranked.map(({ distribution, gitVersion }, place) => ({ d: distribution ?? "", v: gitVersion ?? "", place })),
  );
  const query = tx
    .select({ ...ROW, total: sql<number>`(count(*) over ())::int` })
    .from(clusters)
    .innerJoin(sites, ofSite)
    .innerJoin(agents, speaksFor)
    .innerJoin(
      sql`jsonb_to_recordset(${places}::jsonb) as ranked(d text, v text, place int)`,
      sql`ranked.d = coalesce(${clusters.distribution}, '') and ranked.v = coalesce(${clusters.gitVersion}, '')`,
    )
    .where(and(...conditions))
    .orderBy(sql`ranked.place`, sql`lower(${clusters.name})`, clusters.id);
  const rows = await (page ? query.limit(page.limit).offset(page.cursor) : query);
  return { rows, data };
}

const hasComponent = (component: string, cycle: string | null) =>
  sql`exists (select from cluster_versions v where v.org_id = ${clusters.orgId} and v.cluster_id = ${clusters.id}
    and v.component = ${component} and (${cycle}::text is null or v.cycle = ${cycle}::text))`;

type Row = { id: string; distribution: string | null; gitVersion: string | null } & Pick<
  PlanRow,
  "name" | "siteId" | "siteName"
>;

async function withPlans(tx: Transaction, caller: Caller, rows: readonly Row[], data: SupportData, now: Date) {
  const kept = new Map<string, KeptVersion[]>();
  if (rows.length > 0) {
    const versions = await tx
      .select({
        clusterId: clusterVersions.clusterId,
        component: clusterVersions.component,
        cycle: clusterVersions.cycle,
        nodes: clusterVersions.nodes,
        controlPlaneNodes: clusterVersions.controlPlaneNodes,
      })
      .from(clusterVersions)
      .where(
        and(
          eq(clusterVersions.orgId, caller.orgId),
          // One parameter however many there are.
          sql`${clusterVersions.clusterId} = any(${sql.param(rows.map(({ id }) => id))}::uuid[])`,
        ),
      )
      .orderBy(clusterVersions.component, clusterVersions.cycle);
    for (const { clusterId, ...version } of versions) {
      const known = kept.get(clusterId);
      if (known) known.push(version);
      else kept.set(clusterId, [version]);
    }
  }
  return rows.map(({ id, name, siteId, siteName, distribution, gitVersion }): PlanRow => {
    const support = clusterSupport(data, { distribution, gitVersion }, now);
    const told = { distribution, gitVersion, support, versions: kept.get(id) ?? [] };
    return { id, name, siteId, siteName, distribution, gitVersion, support, ...planOf(data, told, now) };
  });
}

/** A page of clusters by urgency, each with its way to a supported version. */
export async function listPlan(caller: Caller, input: PlanListInput, now = new Date()): Promise<PlanList> {
  return asCaller(caller, async (tx) => {
    const { rows, data } = await readRows(tx, caller, input, input, now);
    return { rows: await withPlans(tx, caller, rows, data, now), total: rows[0]?.total ?? 0 };
  });
}

/** All of it, for a file. */
export async function readPlan(caller: Caller, filter: PlanFilter, now = new Date()): Promise<PlanRow[]> {
  return asCaller(caller, async (tx) => {
    const { rows, data } = await readRows(tx, caller, filter, null, now);
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
