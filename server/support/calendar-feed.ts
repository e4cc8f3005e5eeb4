import { sql } from "drizzle-orm";
import type { Transaction } from "@/db/client";
import { agents } from "@/db/schema/agents";
import { clusters } from "@/db/schema/clusters";
import { sites } from "@/db/schema/fleet";
import { asCaller, type Caller } from "@/server/access/caller";
import { ofSite, speaksFor } from "@/server/clusters/connection";
import { type SupportEnd, supportEnds } from "./calendar";
import { countComponents } from "./component-counts";
import { currentSupport } from "./dates";
import { type CalendarEvent, writeCalendar } from "./ical";
import { clusterSupport, supportOf } from "./model";
import { planFilterParameters } from "./plan-filter";
import type { FeedLanguage } from "./shapes";
import type { SupportData } from "./support-data";
import { ownFleet } from "./version-counts";

const ALARM_DAYS = 30;
const REFRESH_HOURS = 12;
/** Clusters that are named in one event. */
const NAMES_MAX = 10;

/** Sentences of a calendar in one language. */
export type FeedTexts = {
  name: string;
  summary: (kind: SupportEnd["kind"], of: { product: string; cycle: string }) => string;
  clusters: (count: number) => string;
  more: (count: number) => string;
  derived: (count: number) => string;
  source: (of: { source: string; asOf: string }) => string;
  alarm: (of: { summary: string; days: number }) => string;
};

type Wording = { language: FeedLanguage; texts: FeedTexts; consoleUrl: string };

/** A person's calendar: each end of support that concerns a cluster within their reach, as RFC 5545 writes it. */
export async function writeSupportCalendar(caller: Caller, wording: Wording, now = new Date()): Promise<string> {
  const { language, texts, consoleUrl } = wording;
  const { data } = currentSupport();
  const { ends, names } = await asCaller(caller, (tx) => readEnds(tx, caller, data, now));
  const events = ends.map((end): CalendarEvent => {
    const { product, cycle, day, kind, clusters: count, derived, source, asOf } = end;
    const named = names.get(`${product} ${cycle}`) ?? [];
    const summary = texts.summary(kind, { product: data.products[product]?.name ?? product, cycle });
    const lines = [
      texts.clusters(count),
      ...named.map((name) => `– ${name}`),
      ...(named.length > 0 && named.length < count ? [texts.more(count - named.length)] : []),
      ...(derived > 0 ? [texts.derived(derived)] : []),
      ...(source !== null && asOf !== null ? [texts.source({ source, asOf })] : []),
    ];
    return {
      uid: `support-${product}-${cycle}-${kind}-${caller.orgId}@fernblick`,
      day,
      summary,
      description: lines.join("\n"),
      url: `${consoleUrl.replace(/\/$/, "")}/support?tab=plan&${planFilterParameters({ product, cycle })}`,
      alarm: { daysBefore: ALARM_DAYS, text: texts.alarm({ summary, days: ALARM_DAYS }) },
    };
  });
  return writeCalendar({ name: texts.name, language, events, madeAt: now, refreshHours: REFRESH_HOURS });
}

async function readEnds(
  tx: Transaction,
  caller: Caller,
  data: SupportData,
  now: Date,
): Promise<{ ends: SupportEnd[]; names: Map<string, string[]> }> {
  const rows = await tx
    .select({
      distribution: clusters.distribution,
      gitVersion: clusters.gitVersion,
      clusters: sql<number>`count(*)::int`,
      names: sql<string[]>`(array_agg(${clusters.name} || ', ' || ${sites.name}
        order by lower(${clusters.name}), ${clusters.id}))[1:${sql.raw(String(NAMES_MAX))}]`,
    })
    .from(clusters)
    .innerJoin(sites, ofSite)
    .innerJoin(agents, speaksFor)
    .where(ownFleet(caller))
    .groupBy(clusters.distribution, clusters.gitVersion);
  const running = rows.map((row) => ({ ...row, support: clusterSupport(data, row, now) }));
  const components = (await countComponents(tx, caller)).map((row) => ({
    ...row,
    support: supportOf(data, row.component, row.cycle, now),
  }));
  const names = new Map<string, string[]>();
  for (const { support, names: some } of running) {
    const key = `${support.product} ${support.cycle}`;
    names.set(key, [...(names.get(key) ?? []), ...some].sort((a, b) => a.localeCompare(b)).slice(0, NAMES_MAX));
  }
  return { ends: supportEnds([...running, ...components]), names };
}
