import { z } from "zod";
import { CONFIDENCES, FACTOR_KINDS, OUTAGE_CAUSES } from "./model";

/** The shapes of the outage procedures. */

const count = z.number().int();
/** `label` is what a person reads: of a site its name. */
export const FactorText = z.object({ kind: z.enum(FACTOR_KINDS), value: z.string(), label: z.string() });
export type FactorText = z.infer<typeof FactorText>;

const Peers = z.object({ dark: count, answering: count, undecided: count });

/** One outage as this reader may see it: members and counts are of the sites within reach only. */
export const OutageRow = z.object({
  id: z.uuid(),
  cause: z.enum(OUTAGE_CAUSES),
  factors: z.array(FactorText),
  confidence: z.enum(CONFIDENCES),
  /** The first was heard for the last time; the last would have been heard again. */
  beganFrom: z.date(),
  beganTo: z.date(),
  noticedAt: z.date(),
  endedAt: z.date().nullable(),
  machines: count,
  clusters: count,
  sites: count,
  machinesDark: count,
  clustersDark: count,
  sitesDark: count,
  /** Applications that ran in what is dark, as last told; null when that was never told. */
  applications: count.nullable(),
  /** Who shares the factor, over all sites, when it was last looked at; null for who does not see all sites. */
  peers: z.object({ things: Peers, sites: Peers }).nullable(),
  isSimulated: z.boolean(),
});
export type OutageRow = z.infer<typeof OutageRow>;

export const OutageList = z.object({
  rows: z.array(OutageRow),
  /** More than these were there in the last thirty days. */
  total: count,
});
export type OutageList = z.infer<typeof OutageList>;

export const OutageDetail = OutageRow.extend({
  /** Null for who does not see all sites: it counts all of them. */
  evidence: z
    .array(
      z.object({
        factors: z.array(FactorText),
        dark: count,
        answering: count,
        recall: z.number(),
        /** ln of the probability that it is chance. */
        logChance: z.number(),
        isRival: z.boolean(),
      }),
    )
    .nullable(),
  /** Members whose facts leave open whether they belong to it. */
  unsure: count,
  /** How many fell silent in each span, in order; a member counts in the middle of when it may have been. */
  onset: z.array(z.object({ from: z.date(), to: z.date(), members: count })),
  /** Of each fact: how many values the members have, the most frequent one, and of how many it is unknown. */
  facts: z.array(
    z.object({ kind: z.enum(FACTOR_KINDS), values: count, most: z.string(), mostCount: count, unknown: count }),
  ),
  /** Whom to ask about what is still dark. */
  contacts: z.array(
    z.object({
      contact: z.string().nullable(),
      owner: z.string().nullable(),
      deputy: z.string().nullable(),
      runbookUrl: z.string().nullable(),
      sites: count,
      siteName: z.string(),
    }),
  ),
  /** Machines that returned, and of how many of them a reboot in that time is known: they had no power, or fell. */
  returned: count,
  rebooted: count,
  /** Last sign of life of any gateway. */
  gatewayHeardAt: z.date().nullable(),
});
export type OutageDetail = z.infer<typeof OutageDetail>;

/** Ids of the sites where its members are. */
export const OutageSites = z.array(z.uuid());
export type OutageSites = z.infer<typeof OutageSites>;

export const OutageMembersInput = z.object({
  outageId: z.uuid(),
  isDarkOnly: z.boolean().default(false),
  cursor: z.number().int().min(0).max(1_000_000).default(0),
  limit: z.number().int().min(1).max(200).default(100),
});
export type OutageMembersInput = z.infer<typeof OutageMembersInput>;

export const OutageMember = z.object({
  agentId: z.uuid(),
  machineId: z.uuid().nullable(),
  clusterId: z.uuid().nullable(),
  name: z.string(),
  siteName: z.string(),
  region: z.string().nullable(),
  isSure: z.boolean(),
  darkFrom: z.date(),
  darkTo: z.date(),
  outcome: z.enum(["returned", "removed"]).nullable(),
  endedAt: z.date().nullable(),
  isSimulated: z.boolean(),
});
export type OutageMember = z.infer<typeof OutageMember>;

export const OutageMembers = z.object({ rows: z.array(OutageMember), total: count });
export type OutageMembers = z.infer<typeof OutageMembers>;
