import { and, asc, eq, sql } from "drizzle-orm";
import { PRESENT } from "@/contract/codec/block";
import { LINK_PROFILES } from "@/contract/link-profiles";
import { metricIndex } from "@/contract/metrics";
import { AgentHealth } from "@/contract/session";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { machines, sites } from "@/db/schema/fleet";
import { telemetryEntities, telemetryStreams } from "@/db/schema/telemetry";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { notFound } from "@/server/errors";
import { readHours } from "./hours-read";
import {
  addTotals,
  LINK_READINGS,
  type LinkHabit,
  type LinkSums,
  type LinkTotals,
  linkTotals,
  projectedBytesPerDay,
} from "./link-cost";
import { agentSettings, readLinkSettings, type SiteLinkSettings } from "./link-settings";
import type { LinkAgent, LinksInput, SiteLink, SiteLinkInput, SiteLinks } from "./link-shapes";
import type { Hourly } from "./series-hours";
import { addUp, visitStreamSums } from "./stream-sums";

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;

/** What the links of all sites that this caller may see have cost since a time. */
export async function listSiteLinks(caller: Caller, input: LinksInput): Promise<SiteLinks> {
  const range = rangeOf(input.since);
  return asCaller(caller, async (tx) => {
    const rows = await tx
      .select({ siteId: sites.id, name: sites.name })
      .from(sites)
      .where(visibleSites(caller))
      .orderBy(sql`lower(${sites.name})`, asc(sites.id));
    const streams = await listStreams(tx, caller);
    const costs = await sumCosts(tx, caller.orgId, streams, range);
    return {
      from: dateOf(range.from),
      to: dateOf(range.to),
      sites: rows.map((site) => {
        const own = streams.filter(({ siteId }) => siteId === site.siteId);
        const totals = own.flatMap(({ streamId }) => costs.get(streamId) ?? []);
        return { ...site, agents: own.length, known: totals.length, ...worstOf(own, addTotals(totals)) };
      }),
    };
  });
}

/**
 * What one site's link has cost since a time: by purpose, by agent, and what other profiles would cost.
 * @throws DomainError not_found, also for a site that this caller may not see
 */
export async function getSiteLink(caller: Caller, input: SiteLinkInput): Promise<SiteLink> {
  const range = rangeOf(input.since);
  return asCaller(caller, async (tx) => {
    const [site] = await tx
      .select({ siteId: sites.id, name: sites.name })
      .from(sites)
      .where(and(visibleSites(caller), eq(sites.id, input.siteId)));
    if (!site) throw notFound("site");
    const streams = await listStreams(tx, caller, input.siteId);
    const costs = await readCosts(tx, caller.orgId, streams, range);
    const settings = await readLinkSettings(tx, caller.orgId, input.siteId);
    const counts = await readCounts(tx, caller.orgId, streams);
    const known = streams.flatMap((stream) => {
      const totals = costs.get(stream.streamId)?.totals;
      return totals ? [{ totals, habit: habitOf(stream, settings, counts) }] : [];
    });
    const stepSeconds = range.to - range.from > 3 * DAY_SECONDS ? DAY_SECONDS : HOUR_SECONDS;
    return {
      ...site,
      ...worstOf(streams, addTotals(known.map(({ totals }) => totals))),
      from: dateOf(range.from),
      to: dateOf(range.to),
      settings,
      agents: streams.map(({ siteId: _, ...stream }) => ({
        ...stream,
        totals: costs.get(stream.streamId)?.totals ?? null,
        droppedMoments: costs.get(stream.streamId)?.totals.droppedMoments ?? 0,
      })),
      projections: LINK_PROFILES.map((profile) => {
        const bytes = known.flatMap(({ totals, habit }) => projectedBytesPerDay(totals, habit, profile) ?? []);
        const bytesPerDay = bytes.length > 0 ? bytes.reduce((sum, one) => sum + one, 0) : null;
        return { profile, bytesPerDay, known: bytes.length };
      }),
      stepSeconds,
      history: historyOf(
        [...costs.values()].flatMap(({ links }) => links),
        range.from,
        stepSeconds,
      ),
    };
  });
}

const dateOf = (seconds: number) => new Date(seconds * 1000);

function rangeOf(since: Date): { from: number; to: number } {
  const now = Math.floor(Date.now() / 1000);
  return { from: Math.floor(Math.min(since.getTime() / 1000, now) / HOUR_SECONDS) * HOUR_SECONDS, to: now + 1 };
}

type StreamRow = Omit<LinkAgent, "totals" | "droppedMoments"> & { siteId: string };

/** The streams of agents at sites that this caller may see, with what their agents say of themselves. */
async function listStreams(tx: Transaction, caller: Caller, siteId?: string): Promise<StreamRow[]> {
  const rows = await tx
    .select({
      streamId: telemetryStreams.id,
      siteId: telemetryStreams.siteId,
      machineId: telemetryStreams.machineId,
      name: sql<string>`coalesce(${machines.name}, ${telemetryStreams.name})`,
      intervalSeconds: telemetryStreams.intervalSeconds,
      // A stream is told of it by the merge, minutes later; the agent by the gateway, at once.
      lastReceivedAt: sql<Date | null>`greatest(${agents.lastReceivedAt}, ${telemetryStreams.lastReceivedAt})`.mapWith(
        agents.lastReceivedAt,
      ),
      thinnedSince: telemetryStreams.thinnedSince,
      report: agents.report,
    })
    .from(telemetryStreams)
    .innerJoin(sites, and(eq(sites.orgId, telemetryStreams.orgId), eq(sites.id, telemetryStreams.siteId)))
    .leftJoin(machines, and(eq(machines.orgId, telemetryStreams.orgId), eq(machines.id, telemetryStreams.machineId)))
    .leftJoin(agents, and(eq(agents.orgId, machines.orgId), eq(agents.id, machines.agentId)))
    .where(
      and(
        visibleSites(caller),
        sql`${telemetryStreams.senderId} is null`,
        siteId === undefined ? undefined : eq(sites.id, siteId),
      ),
    )
    .orderBy(sql`lower(coalesce(${machines.name}, ${telemetryStreams.name}))`, asc(telemetryStreams.id));
  return rows.map(({ report, ...row }) => {
    const health = AgentHealth.safeParse(report).data;
    return {
      ...row,
      profile: health?.profile ?? null,
      transport: health?.transport ?? null,
      spoolMoments: health?.spoolMoments ?? null,
      spoolBytes: health?.spoolBytes ?? null,
      spoolError: health?.spoolError ?? null,
      thinnedSince: row.thinnedSince ?? (health?.thinnedSince ? new Date(health.thinnedSince) : null),
    };
  });
}

type Cost = { totals: LinkTotals; links: Hourly[] };

/** Of each stream whose agent told of its link in this time: what went over it. */
async function readCosts(
  tx: Transaction,
  orgId: string,
  streams: readonly StreamRow[],
  range: { from: number; to: number },
): Promise<Map<number, Cost>> {
  const streamIds = streams.map(({ streamId }) => streamId);
  const links = await tx
    .select({ id: telemetryEntities.id, streamId: telemetryEntities.streamId, key: telemetryEntities.key })
    .from(telemetryEntities)
    .where(
      and(
        eq(telemetryEntities.orgId, orgId),
        eq(telemetryEntities.kind, "link"),
        sql`${telemetryEntities.streamId} = any(${sql.param(streamIds)}::int[])`,
      ),
    );
  const entities = links.map((link) => ({ ...link, kind: "link" as const }));
  const hours = await readHours(tx, orgId, entities, LINK_READINGS, range);
  const costs = new Map<number, Cost>();
  for (const { id, streamId } of entities) {
    const hourly = hours.get(id);
    if (!hourly || hourly.hours.length === 0) continue;
    const sums = Object.fromEntries(
      LINK_READINGS.map((name) => [
        name,
        hourly.hours.reduce((sum, _, hour) => sum + (hourly.read(name, hour)?.sum ?? 0), 0),
      ]),
    ) as LinkSums;
    // An agent has one link; of a stream with several, what went over all of them.
    const known = costs.get(streamId);
    const totals = linkTotals(sums);
    costs.set(streamId, {
      totals: addTotals(known ? [known.totals, totals] : [totals]) ?? totals,
      links: [...(known?.links ?? []), hourly],
    });
  }
  return costs;
}

/** The same for many streams at once, without its course: from five-minute sums, so a few minutes behind. */
async function sumCosts(
  tx: Transaction,
  orgId: string,
  streams: readonly StreamRow[],
  range: { from: number; to: number },
): Promise<Map<number, LinkTotals>> {
  const names = LINK_READINGS.map((name) => [metricIndex("link", name), name] as const);
  const nameAt = new Map(names);
  const found = new Map<number, LinkSums>();
  const wanted = { kind: "link", positions: [...nameAt.keys()], range } as const;
  const streamIds = streams.map(({ streamId }) => streamId);
  await visitStreamSums(tx, orgId, { ...wanted, streamIds }, (streamId, position, line) => {
    const name = nameAt.get(position);
    const { sum, slots } = addUp(line);
    if (!name || slots === 0) return;
    const sums = found.get(streamId) ?? noSums();
    sums[name] += sum;
    found.set(streamId, sums);
  });
  return new Map([...found].map(([streamId, sums]) => [streamId, linkTotals(sums)]));
}

/** What went over a site's links, with the worst of what is not well with any of them. */
function worstOf(
  streams: readonly StreamRow[],
  totals: LinkTotals | null,
): Pick<SiteLink, "totals" | "thinnedSince" | "droppedMoments" | "spoolError"> {
  const thinned = streams.flatMap(({ thinnedSince }) => (thinnedSince ? [thinnedSince.getTime()] : []));
  return {
    totals,
    thinnedSince: thinned.length > 0 ? new Date(Math.min(...thinned)) : null,
    droppedMoments: totals?.droppedMoments ?? 0,
    spoolError: streams.find(({ spoolError }) => spoolError !== null)?.spoolError ?? null,
  };
}

/** Entities that were not read for so long, compared with the newest of their stream, are gone. */
const GONE_SECONDS = 3600;

type ReadingCount = { streamId: number; kind: string; observedAt: Date; readings: number };

/** How many readings each entity of these streams had when it was read last. */
async function readCounts(tx: Transaction, orgId: string, streams: readonly StreamRow[]): Promise<ReadingCount[]> {
  const rows = await tx
    .select({
      streamId: telemetryEntities.streamId,
      kind: telemetryEntities.kind,
      observedAt: telemetryEntities.observedAt,
      absence: telemetryEntities.stateAbsence,
    })
    .from(telemetryEntities)
    .where(
      and(
        eq(telemetryEntities.orgId, orgId),
        sql`${telemetryEntities.streamId} = any(${sql.param(streams.map(({ streamId }) => streamId))}::int[])`,
      ),
    );
  return rows.flatMap(({ absence, observedAt, ...row }) =>
    absence && observedAt
      ? [{ ...row, observedAt, readings: absence.filter((reason) => reason === PRESENT).length }]
      : [],
  );
}

/** How an agent sends: what it has to read follows from its newest readings. */
function habitOf(
  { streamId, intervalSeconds, profile }: StreamRow,
  settings: SiteLinkSettings,
  counts: readonly ReadingCount[],
): LinkHabit {
  const own = counts.filter((count) => count.streamId === streamId);
  const newest = Math.max(0, ...own.map(({ observedAt }) => observedAt.getTime()));
  const readings: Record<string, number> = {};
  for (const { kind, observedAt, readings: count } of own) {
    if (newest - observedAt.getTime() <= GONE_SECONDS * 1000) readings[kind] = (readings[kind] ?? 0) + count;
  }
  const { batchSeconds } = agentSettings(settings, intervalSeconds);
  return { profile: profile ?? LINK_PROFILES[0], intervalSeconds, batchSeconds, readings };
}

const noSums = () => Object.fromEntries(LINK_READINGS.map((name) => [name, 0])) as LinkSums;

/** What went over all links, in steps; steps without any bytes known are left out. */
function historyOf(links: readonly Hourly[], from: number, stepSeconds: number): SiteLink["history"] {
  const steps = new Map<number, LinkSums>();
  for (const hourly of links) {
    hourly.hours.forEach((hour, index) => {
      // Steps begin with the range: a day is then the viewer's own.
      const at = from + Math.floor((hour - from) / stepSeconds) * stepSeconds;
      const sums = steps.get(at) ?? noSums();
      for (const name of LINK_READINGS) sums[name] += hourly.read(name, index)?.sum ?? 0;
      steps.set(at, sums);
    });
  }
  return [...steps]
    .sort(([a], [b]) => a - b)
    .map(([at, sums]) => {
      const { liveBytes, backlogBytes, reportBytes, controlBytes, framingBytes } = linkTotals(sums);
      return { at: dateOf(at), liveBytes, backlogBytes, reportBytes, controlBytes, framingBytes };
    });
}
