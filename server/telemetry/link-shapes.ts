import { z } from "zod";
import { LINK_PROFILES } from "@/contract/link-profiles";
import { LinkTotals } from "./link-cost";
import { SiteLinkSettings } from "./link-settings";

/** The shapes of the procedures about links: what goes in, what comes out. */

const DAYS_MAX = 92;
const DAY_SECONDS = 86_400;

/** Since when costs are added up; begins at the whole hour. */
const Since = z.object({
  since: z.date().refine((date) => Date.now() - date.getTime() <= DAYS_MAX * DAY_SECONDS * 1000, {
    message: `expected one of the last ${DAYS_MAX} days`,
  }),
});
export const LinksInput = Since;
export type LinksInput = z.infer<typeof LinksInput>;
export const SiteLinkInput = Since.extend({ siteId: z.uuid() });
export type SiteLinkInput = z.infer<typeof SiteLinkInput>;

/** What is not well with the agents of a site. */
const Trouble = {
  /** Oldest moment that the edge has only means of, because its disk's share is used up. */
  thinnedSince: z.date().nullable(),
  /** Moments that the edge gave up in this time. */
  droppedMoments: z.number().int(),
  /** Why an agent works from memory; what it holds is lost when it stops. */
  spoolError: z.string().nullable(),
};

export const SiteLinkRow = z.object({
  siteId: z.uuid(),
  name: z.string(),
  agents: z.number().int(),
  /** Agents whose costs are known; the totals are of these. */
  known: z.number().int(),
  totals: LinkTotals.nullable(),
  ...Trouble,
});
export const SiteLinks = z.object({ from: z.date(), to: z.date(), sites: z.array(SiteLinkRow) });
export type SiteLinks = z.infer<typeof SiteLinks>;

/** What one agent has to do with it. */
export const LinkAgent = z.object({
  streamId: z.number().int(),
  machineId: z.uuid().nullable(),
  name: z.string(),
  /** Null while the agent has told nothing of its link in this time. */
  totals: LinkTotals.nullable(),
  /** In which profile the agent sends now. */
  profile: z.enum(LINK_PROFILES).nullable(),
  transport: z.enum(["websocket", "http"]).nullable(),
  spoolMoments: z.number().int().nullable(),
  spoolBytes: z.number().int().nullable(),
  lastReceivedAt: z.date().nullable(),
  intervalSeconds: z.number(),
  ...Trouble,
});
export type LinkAgent = z.infer<typeof LinkAgent>;

export const SiteLink = z.object({
  siteId: z.uuid(),
  name: z.string(),
  ...Trouble,
  from: z.date(),
  to: z.date(),
  settings: SiteLinkSettings,
  totals: LinkTotals.nullable(),
  agents: z.array(LinkAgent),
  /** What a day would cost in each profile, over the agents whose costs are known. */
  projections: z.array(
    z.object({ profile: z.enum(LINK_PROFILES), bytesPerDay: z.number().nullable(), known: z.number().int() }),
  ),
  stepSeconds: z.number(),
  /** Bytes by purpose in steps of an hour, or of a day where the time is long. */
  history: z.array(
    z.object({
      at: z.date(),
      liveBytes: z.number(),
      backlogBytes: z.number(),
      reportBytes: z.number(),
      controlBytes: z.number(),
      framingBytes: z.number(),
    }),
  ),
});
export type SiteLink = z.infer<typeof SiteLink>;
