import { eventSeenAt } from "@/agent/kubernetes/kinds/cluster";
import type { Kept } from "@/agent/kubernetes/resources";
import type { ItemOf } from "@/contract/cluster/items";
import { clip, clipped } from "./judge";
import type { Section } from "./section";

type Event = Kept<"events">;

const QUARTER_HOUR_S = 900;

/** Warnings, folded by namespace, kind of object and reason. */
export const warningSection: Section = {
  reads: ["events"],
  describe: ({ view }) => {
    const folded = new Map<string, Event[]>();
    for (const event of view.list("events").values()) {
      const key = keyOf(event);
      const known = folded.get(key);
      if (known) known.push(event);
      else folded.set(key, [event]);
    }
    return { warning: new Map([...folded].flatMap(([key, events]) => itemOf(key, events))) };
  },
};

const namespaceOf = ({ involvedObject, metadata }: Event) => involvedObject?.namespace ?? metadata.namespace ?? "";
const kindOf = ({ involvedObject }: Event) => clip(involvedObject?.kind ?? "", 60);
const reasonOf = ({ reason }: Event) => clip(reason ?? "", 120);
const keyOf = (event: Event) => `${namespaceOf(event)}/${kindOf(event)}/${reasonOf(event)}`;

/** What repeats every minute must not be another item every minute: counts and moments are rounded down. */
function itemOf(key: string, events: readonly Event[]): [string, ItemOf<"warning">][] {
  const seen = events.flatMap((event) => {
    const at = eventSeenAt(event);
    return at === undefined ? [] : [{ event, at }];
  });
  if (seen.length === 0) return [];
  const newest = seen.reduce((a, b) => (b.at > a.at ? b : a));
  const first = Math.min(...seen.map(({ event, at }) => event.firstTimestamp ?? at));
  const times = seen.reduce((sum, { event }) => sum + (event.series?.count ?? event.count ?? 1), 0);
  const objects = new Set(seen.map(({ event: { involvedObject } }) => involvedObject?.uid ?? involvedObject?.name));
  const item = {
    namespace: namespaceOf(newest.event),
    kind: kindOf(newest.event),
    reason: reasonOf(newest.event),
    count: powerOfTwo(times),
    objects: powerOfTwo(objects.size),
    example: newest.event.involvedObject?.name ?? "",
    message: clipped(newest.event.message),
    firstAt: quarterHour(first),
    lastAt: quarterHour(newest.at),
  };
  return [[key, item]];
}

const powerOfTwo = (count: number) => (count < 1 ? 0 : 2 ** Math.floor(Math.log2(count)));
const quarterHour = (second: number) => second - (second % QUARTER_HOUR_S);
