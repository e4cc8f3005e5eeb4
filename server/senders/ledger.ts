import { sql } from "drizzle-orm";
import { type Database, type Transaction, withTenant } from "@/db/client";
import type { Meaning, SeriesPlan } from "./plan";
import type { MetricDescription, Series } from "./samples";

type MetricCount = { samples: number; series: number; type: string; unit: string; meaning: Meaning };
type SenderCounts = {
  orgId: string;
  metrics: Map<string, MetricCount>;
  sites: Map<string, number>;
  lastUsedAt: Date | null;
  agent: string;
  problem: { text: string; at: Date } | null;
};

/** Metric names of one sender that are remembered; a sender that makes names up must not fill the database. */
const NAMES_MAX = 20_000;
/** A decision to keep a metric takes effect within this time. */
const KEPT_SECONDS = 2;

/**
 * Counts what senders send, for people to look at: in memory, written every few seconds. Also knows which of the
 * metrics that nobody understands are to be kept.
 */
export class SenderLedger {
  #counts = new Map<string, SenderCounts>();
  readonly #seen = new WeakSet<SeriesPlan>();
  readonly #seriesSeen = new Map<string, Map<string, number>>();
  /** What senders said of their metrics, by sender and name: Prometheus says it once a minute, apart from samples. */
  readonly #descriptions = new Map<string, Map<string, MetricDescription>>();
  readonly #kept = new Map<string, { names: Set<string>; readAt: number }>();

  /** The request of a sender; its counts are added to with `countSample`. */
  open(orgId: string, senderId: string, agent: string, now: Date): SenderCounts {
    const known = this.#counts.get(senderId);
    const counts = known ?? { orgId, metrics: new Map(), sites: new Map(), lastUsedAt: null, agent: "", problem: null };
    this.#counts.set(senderId, counts);
    counts.lastUsedAt = now;
    counts.agent = agent.slice(0, 200);
    return counts;
  }

  /** Remembers why something of a request was refused; its sender may never tell anybody. */
  noteProblem(counts: SenderCounts, text: string, at: Date): void {
    counts.problem = { text: text.slice(0, 400), at };
  }

  countSample(senderId: string, counts: SenderCounts, series: Series, plan: SeriesPlan, type: string): void {
    const { name } = series;
    let count = counts.metrics.get(name);
    if (!count) {
      if (counts.metrics.size >= NAMES_MAX) return;
      count = { samples: 0, series: 0, type: "unknown", unit: "", meaning: plan.meaning };
      counts.metrics.set(name, count);
    }
    count.samples += 1;
    if (type !== "unknown") count.type = type === "gauge" ? "gauge" : "counter";
    // One metric has many series, and some are left out: the best of them says how the metric is understood.
    if (plan.meaning === "reading") count.meaning = "reading";
    const seen = this.#seriesSeen.get(senderId) ?? new Map<string, number>();
    this.#seriesSeen.set(senderId, seen);
    if (!this.#seen.has(plan)) {
      this.#seen.add(plan);
      seen.set(name, (seen.get(name) ?? 0) + 1);
    }
    count.series = seen.get(name) ?? 0;
  }

  /** Remembers what a sender says of its metrics. */
  describe(senderId: string, descriptions: ReadonlyMap<string, MetricDescription>): void {
    const known = this.#descriptions.get(senderId) ?? new Map<string, MetricDescription>();
    this.#descriptions.set(senderId, known);
    for (const [name, description] of descriptions) {
      if (known.size < NAMES_MAX || known.has(name)) known.set(name, description);
    }
  }

  #completeDescriptions(senderId: string, { metrics }: SenderCounts): void {
    const known = this.#descriptions.get(senderId);
    if (!known) return;
    for (const [name, count] of metrics) {
      // Parts of a histogram are described by the name of the whole.
      const description = known.get(name) ?? known.get(name.replace(/_(bucket|count|sum|total)$/, ""));
      if (description && description.type !== "unknown") count.type = description.type;
      if (description && description.unit !== "") count.unit = description.unit.slice(0, 60);
    }
  }

  countUnknownSite(counts: SenderCounts, name: string, samples: number): void {
    const short = name.slice(0, 300);
    if (counts.sites.size < NAMES_MAX) counts.sites.set(short, (counts.sites.get(short) ?? 0) + samples);
  }

  /** Names of the metrics that somebody asked to keep, at most two seconds old. */
  async keptNames(tx: Transaction, orgId: string, senderId: string, nowMs: number): Promise<ReadonlySet<string>> {
    const known = this.#kept.get(senderId);
    if (known && nowMs - known.readAt < KEPT_SECONDS * 1000 && nowMs >= known.readAt) return known.names;
    const { rows } = await tx.execute<{ name: string }>(sql`
      select name from sender_metrics
      where org_id = ${orgId}::uuid and sender_id = ${senderId}::uuid and kept`);
    const names = new Set(rows.map((row) => row.name));
    this.#kept.set(senderId, { names, readAt: nowMs });
    return names;
  }

  /** Writes and forgets what was counted; what could not be written is counted on. */
  async flush(database: Database): Promise<void> {
    const counts = this.#counts;
    this.#counts = new Map();
    for (const [senderId, count] of counts) {
      this.#completeDescriptions(senderId, count);
      try {
        await withTenant(database, { orgId: count.orgId }, (tx) => writeCounts(tx, senderId, count));
      } catch (error) {
        if (!this.#counts.has(senderId)) this.#counts.set(senderId, count);
        throw error;
      }
    }
  }
}

async function writeCounts(tx: Transaction, senderId: string, counts: SenderCounts): Promise<void> {
  const { orgId } = counts;
  const at = (counts.lastUsedAt ?? new Date()).toISOString();
  await tx.execute(sql`
    update api_tokens set last_used_at = greatest(last_used_at, ${at}::timestamptz), last_agent = ${counts.agent},
      last_problem = coalesce(${counts.problem?.text ?? null}::text, last_problem),
      last_problem_at = coalesce(${counts.problem?.at.toISOString() ?? null}::timestamptz, last_problem_at)
    where org_id = ${orgId}::uuid and id = ${senderId}::uuid`);
  // In one order everywhere, so that two gateways never wait for each other.
  const metrics = [...counts.metrics].sort(([a], [b]) => (a < b ? -1 : 1));
  if (metrics.length > 0) {
    const column = <T>(take: (count: MetricCount) => T) => sql.param(metrics.map(([, count]) => take(count)));
    await tx.execute(sql`
      insert into sender_metrics (org_id, sender_id, name, type, unit, meaning, series, samples, last_seen)
      select ${orgId}::uuid, ${senderId}::uuid, n.name, n.type, n.unit, n.meaning, n.series, n.samples, ${at}::timestamptz
      from unnest(${sql.param(metrics.map(([name]) => name))}::text[], ${column((count) => count.type)}::text[],
        ${column((count) => count.unit)}::text[], ${column((count) => count.meaning)}::text[],
        ${column((count) => count.series)}::bigint[], ${column((count) => count.samples)}::bigint[])
        as n(name, type, unit, meaning, series, samples)
      on conflict (org_id, sender_id, name) do update set
        type = case when excluded.type = 'unknown' then sender_metrics.type else excluded.type end,
        unit = case when excluded.unit = '' then sender_metrics.unit else excluded.unit end,
        meaning = excluded.meaning,
        series = greatest(sender_metrics.series, excluded.series),
        samples = sender_metrics.samples + excluded.samples,
        last_seen = greatest(sender_metrics.last_seen, excluded.last_seen)`);
  }
  const sites = [...counts.sites].sort(([a], [b]) => (a < b ? -1 : 1));
  if (sites.length === 0) return;
  await tx.execute(sql`
    insert into sender_sites (org_id, sender_id, name, samples, last_seen)
    select ${orgId}::uuid, ${senderId}::uuid, n.name, n.samples, ${at}::timestamptz
    from unnest(${sql.param(sites.map(([name]) => name))}::text[], ${sql.param(sites.map(([, n]) => n))}::bigint[])
      as n(name, samples)
    on conflict (org_id, sender_id, name) do update set
      samples = sender_sites.samples + excluded.samples,
      last_seen = greatest(sender_sites.last_seen, excluded.last_seen)`);
}
