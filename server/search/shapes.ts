import { z } from "zod";
import { HEALTHS } from "@/contract/cluster/healths";
import { CONNECTIVITIES } from "@/server/fleet/model";
import { SEARCH_KINDS, SEARCH_TEXT_MAX } from "./model";

/** The shapes of the search procedure: what goes in, what comes out. */

export const SearchInput = z.object({ question: z.string().max(SEARCH_TEXT_MAX) });

/** One thing that was found, with how it is. */
export const Found = z.object({
  kind: z.enum(SEARCH_KINDS),
  /** Of the site, machine or cluster; for what a cluster consists of, of the cluster. */
  thingId: z.uuid(),
  /** Of the item in its cluster; "" for a site, machine or cluster. */
  key: z.string(),
  title: z.string(),
  siteName: z.string(),
  isSimulated: z.boolean(),
  /** Of what a cluster consists of. */
  clusterName: z.string().nullable(),
  /** A version, an address, a namespace: what tells it from others of its name. */
  detail: z.string().nullable(),
  /** As it was told last; null where no one tells it. Says nothing of now while it is not connected. */
  health: z.enum(HEALTHS).nullable(),
  /** Null for a site. */
  connectivity: z.enum(CONNECTIVITIES).nullable(),
  lastReceivedAt: z.date().nullable(),
});
export type Found = z.infer<typeof Found>;

/** A list that answers the question as a whole. */
export const FoundList = z.object({
  by: z.enum(["version", "label"]),
  value: z.string(),
  clusters: z.number().int(),
});
export type FoundList = z.infer<typeof FoundList>;

export const SearchAnswer = z.object({
  lists: z.array(FoundList),
  /** Groups in their order, best first within each; `hasMore`: there are others that are not shown. */
  groups: z.array(
    z.object({
      group: z.enum(["site", "cluster", "machine", "application", "volume"]),
      found: z.array(Found),
      hasMore: z.boolean(),
    }),
  ),
});
export type SearchAnswer = z.infer<typeof SearchAnswer>;
