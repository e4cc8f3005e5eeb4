"use client";

import { useTranslations } from "next-intl";
import { SearchField } from "@/components/table/search-field";
import { Checkbox } from "@/components/ui/checkbox";
import { Select } from "@/components/ui/select";
import { SITE_STATES } from "@/server/sites/model";
import type { SiteFilters } from "./use-site-filters";

const ANY = "any";
const REGION = "region ";

export type SiteToolbarProps = {
  filters: SiteFilters;
  update: (change: Partial<SiteFilters>) => void;
  /** All that there are, without what is unknown. */
  regions: readonly string[];
  hasPlaces: boolean;
};

/** Search and filters of the sites; they hold for the map and the list alike. */
export function SiteToolbar({ filters, update, regions, hasPlaces }: SiteToolbarProps) {
  const t = useTranslations("sites.list");
  const state = useTranslations("ui.state");
  return (
    <>
      <SearchField label={t("search")} value={filters.search} onSearch={(search) => update({ search })} />
      <Select
        className="w-40"
        label={t("filterState")}
        value={filters.state ?? ANY}
        onValueChange={(value) => update({ state: SITE_STATES.find((candidate) => candidate === value) ?? null })}
        options={[
          { value: ANY, label: t("filterState") },
          ...SITE_STATES.map((value) => ({ value, label: state(value) })),
        ]}
      />
      {regions.length > 0 ? (
        <Select
          className="w-44"
          label={t("filterRegion")}
          value={filters.region === null ? ANY : REGION + filters.region}
          onValueChange={(value) => update({ region: value === ANY ? null : value.slice(REGION.length) })}
          options={[
            { value: ANY, label: t("allRegions") },
            ...regions.map((region) => ({ value: REGION + region, label: region })),
            { value: REGION, label: t("noRegion") },
          ]}
        />
      ) : null}
      {hasPlaces ? (
        <Checkbox isChecked={filters.isMapOnly} onChange={(isMapOnly) => update({ isMapOnly })} label={t("onlyMap")} />
      ) : null}
    </>
  );
}
