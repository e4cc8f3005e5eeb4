"use client";

import type { Route } from "next";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import type { Bounds } from "@/components/map/mercator";
import { SimulatedMark } from "@/components/ui/simulated-mark";
import { Skeleton } from "@/components/ui/skeleton";
import { StateMark } from "@/components/ui/state-mark";
import { SITE_STATES } from "@/server/sites/model";
import { OutageFilter } from "./outage-filter";
import { siteHref } from "./site-href";
import { filterSites, listRows, regionNames, type SiteItem, type SiteListRow, sitesBounds } from "./site-items";
import { SiteList } from "./site-list";
import { SiteToolbar } from "./site-toolbar";
import { useOutageSites } from "./use-outage-sites";
import { siteFilterParameters, useSiteFilters } from "./use-site-filters";

const PointMap = dynamic(() => import("@/components/map/point-map"), {
  ssr: false,
  loading: () => <Skeleton className="h-full" />,
});
const NOBODY: ReadonlySet<number> = new Set();

/** Map and list of the same sites, filtered by the same filters, pointing at each other. */
export function SitesView({ items }: { items: readonly SiteItem[] }) {
  const t = useTranslations("sites.list");
  const router = useRouter();
  const { filters, update } = useSiteFilters();
  const [bounds, setBounds] = useState<Bounds | null>(null);
  const [hoveredAt, setHoveredAt] = useState<number | null>(null);
  const [pointed, setPointed] = useState<SiteListRow | null>(null);
  const { search, state, region, outageId, isMapOnly } = filters;
  const outage = useOutageSites(outageId);
  const { ids } = outage;
  const found = useMemo(() => filterSites(items, { search, state, region, ids }), [items, search, state, region, ids]);
  const points = useMemo(() => found.flatMap((item) => pointOf(item) ?? []), [found]);
  const rows = useMemo(() => listRows(found, isMapOnly ? bounds : null), [found, isMapOnly, bounds]);
  // A region that is chosen is shown whole; the first look at an address shows the view that it names.
  const focus = useFocus(items, { region, ids, hasView: filters.view !== null });
  const chosen = useMemo(() => markedBy(pointed, found), [pointed, found]);
  const regions = useMemo(() => regionNames(items), [items]);
  const placeless = items.filter(({ place }) => place === null).length;
  const clear = () => update({ search: "", state: null, region: null, outageId: null, isMapOnly: false });
  const contentOf = (at: number) => {
    const item = items[at];
    if (!item) return null;
    return (
      <>
        <p className="font-medium">{item.name}</p>
        <p className="flex gap-3">
          <StateMark state={item.state} />
          {item.isSimulated ? <SimulatedMark /> : null}
        </p>
      </>
    );
  };
  return (
    <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_30rem]">
      <div className="lg:order-none">
        <div className="h-[42dvh] lg:h-[calc(100dvh-13rem)]">
          <PointMap
            label={t("map")}
            points={points}
            severity={SITE_STATES}
            view={filters.view}
            focus={focus}
            onSettle={(view, next) => {
              setBounds(next);
              update({ view });
            }}
            chosen={chosen}
            onHover={setHoveredAt}
            onOpen={(at) => {
              const item = items[at];
              if (item) router.push(siteHref(item.id));
            }}
            contentOf={contentOf}
          />
        </div>
        {placeless > 0 ? (
          <p className="mt-2 text-caption text-ink-muted">
            <StateMark state="unknown" word={t("placeless", { count: placeless })} className="whitespace-normal" />
          </p>
        ) : null}
      </div>
      <SiteList
        rows={rows}
        currentId={hoveredAt === null ? null : (items[hoveredAt]?.id ?? null)}
        getRegionHref={(of) => `/sites?${siteFilterParameters({ ...filters, region: of ?? "", view: null })}` as Route}
        onPoint={setPointed}
        toolbar={
          <>
            <OutageFilter outage={outage} onClear={() => update({ outageId: null })} />
            <SiteToolbar filters={filters} update={update} regions={regions} hasPlaces={placeless < items.length} />
          </>
        }
        isFiltered={search !== "" || state !== null || region !== null || outageId !== null || isMapOnly}
        onClearFilters={clear}
      />
    </div>
  );
}

const pointOf = ({ at, place, state, isSimulated }: SiteItem) => (place ? { at, ...place, state, isSimulated } : null);

/** The places in the answer that a row of the list stands for. */
function markedBy(row: SiteListRow | null, found: readonly SiteItem[]): ReadonlySet<number> {
  if (row === null) return NOBODY;
  if (row.kind === "site") return new Set([row.item.at]);
  return new Set(found.filter(({ region }) => region === row.region).map(({ at }) => at));
}

/** Degrees around the sites of an outage: alone on white, nobody sees where they are. */
const SURROUNDINGS_DEGREES = 0.8;

const withSurroundings = ({ west, east, south, north }: Bounds): Bounds => ({
  west: west - 1.6 * SURROUNDINGS_DEGREES,
  east: east + 1.6 * SURROUNDINGS_DEGREES,
  south: south - SURROUNDINGS_DEGREES,
  north: north + SURROUNDINGS_DEGREES,
});

type Chosen = { region: string | null; ids: ReadonlySet<string> | null; hasView: boolean };

/** The bounds of the chosen region's or outage's sites, anew only when another one is chosen. */
function useFocus(items: readonly SiteItem[], { region, ids, hasView }: Chosen): Bounds | null {
  const [first] = useState({ region, hasView });
  // biome-ignore lint/correctness/useExhaustiveDependencies: figures that arrive must not move the map
  return useMemo(() => {
    if (first.hasView && first.region === region) return null;
    if (region === null && ids === null) return null;
    const bounds = sitesBounds(filterSites(items, { search: "", state: null, region, ids }));
    return bounds && ids ? withSurroundings(bounds) : bounds;
  }, [region, ids]);
}
