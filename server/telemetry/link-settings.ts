import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { LINK_PROFILE_CHOICES } from "@/contract/link-profiles";
import type { AgentSettings, LinkBudget } from "@/contract/session";
import type { Transaction } from "@/db/client";
import { sites } from "@/db/schema/fleet";
import { asCaller, type Caller, visibleSites } from "@/server/access/caller";
import { recordAudit } from "@/server/audit/record";
import { notFound } from "@/server/errors";
import { announce } from "@/server/live";

/** What is set for the link of a site; null = not set. */
export const SiteLinkSettings = z.object({
  profile: z.enum(LINK_PROFILE_CHOICES).nullable(),
  bytesPerDay: z.number().int().min(1000).max(1e15).nullable(),
  bitsPerSecond: z.number().int().min(100).max(1e12).nullable(),
  /** Instead of the interval that the gateway tells everybody. */
  intervalSeconds: z.number().int().min(5).max(86_400).nullable(),
  /** How long moments are gathered; not set = each is sent at once. */
  batchSeconds: z.number().int().min(5).max(86_400).nullable(),
});
export type SiteLinkSettings = z.infer<typeof SiteLinkSettings>;

export const LinkSettingsInput = SiteLinkSettings.extend({ siteId: z.uuid() });
export type LinkSettingsInput = z.infer<typeof LinkSettingsInput>;

const COLUMNS = {
  profile: sites.linkProfile,
  bytesPerDay: sites.linkBytesPerDay,
  bitsPerSecond: sites.linkBitsPerSecond,
  intervalSeconds: sites.linkIntervalSeconds,
  batchSeconds: sites.linkBatchSeconds,
};

/** What agents of a site are told. */
export function agentSettings(link: SiteLinkSettings, intervalSeconds: number): AgentSettings {
  return {
    intervalSeconds: link.intervalSeconds ?? intervalSeconds,
    // Below any interval, also one that an agent was given by hand: each moment is sent at once.
    batchSeconds: link.batchSeconds ?? 1,
    profile: link.profile ?? "auto",
    budget: linkBudget(link),
  };
}

/** The budget of a site's link; null = what it carries is not limited. */
export function linkBudget({ bytesPerDay, bitsPerSecond }: SiteLinkSettings): LinkBudget | null {
  if (bytesPerDay === null && bitsPerSecond === null) return null;
  return { ...(bytesPerDay !== null && { bytesPerDay }), ...(bitsPerSecond !== null && { bitsPerSecond }) };
}

/** What is set for the link of a site. @throws DomainError not_found */
export async function readLinkSettings(tx: Transaction, orgId: string, siteId: string): Promise<SiteLinkSettings> {
  const [row] = await tx
    .select(COLUMNS)
    .from(sites)
    .where(and(eq(sites.orgId, orgId), eq(sites.id, siteId)));
  if (!row) throw notFound("site");
  return row;
}

/**
 * Sets what the link of a site may carry. Agents that have a session are told within a second, others when they come.
 * @throws DomainError not_found, also for a site that this caller may not see
 */
export async function updateLinkSettings(caller: Caller, input: LinkSettingsInput): Promise<SiteLinkSettings> {
  const { siteId, ...settings } = input;
  return asCaller(caller, async (tx) => {
    const [site] = await tx
      .select({ name: sites.name, ...COLUMNS })
      .from(sites)
      .where(and(eq(sites.id, siteId), visibleSites(caller)))
      .for("update");
    if (!site) throw notFound("site");
    const { name, ...before } = site;
    const names = Object.keys(COLUMNS) as (keyof SiteLinkSettings)[];
    const changed = names.filter((setting) => before[setting] !== settings[setting]);
    if (changed.length === 0) return settings;
    await tx
      .update(sites)
      .set({
        linkProfile: settings.profile,
        linkBytesPerDay: settings.bytesPerDay,
        linkBitsPerSecond: settings.bitsPerSecond,
        linkIntervalSeconds: settings.intervalSeconds,
        linkBatchSeconds: settings.batchSeconds,
      })
      .where(and(eq(sites.orgId, caller.orgId), eq(sites.id, siteId)));
    await recordAudit(tx, {
      orgId: caller.orgId,
      actor: { kind: "user", id: caller.userId, label: caller.email },
      action: "telemetry:link-update",
      subject: { kind: "site", id: siteId, label: name },
      details: Object.fromEntries(changed.map((setting) => [setting, { was: before[setting], is: settings[setting] }])),
    });
    await announce(tx, { orgId: caller.orgId, siteId, machineId: null, topic: "agents" });
    return settings;
  });
}
