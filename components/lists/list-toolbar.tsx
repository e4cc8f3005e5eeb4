"use client";

import { Bookmark, Download, ListFilter } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { SearchField } from "@/components/table/search-field";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Select } from "@/components/ui/select";
import { listStateParameters } from "@/server/lists/model";
import { FacetPanel, useFacets } from "./facet-panel";
import { useDimensionWords } from "./use-dimension-words";
import type { ListControl } from "./use-list-state";
import { ViewsDialog } from "./views-dialog";

const NO_GROUP = "none";

export type ListToolbarProps = {
  control: ListControl;
  labels: readonly string[];
  searchLabel: string;
  /** Columns beside the first, as they are shown now. */
  shownColumns: readonly string[];
  isNarrow: boolean;
};

/** Search, groups, views and export of a list; on a phone and where they are hidden, the way to its facets. */
export function ListToolbar({ control, labels, searchLabel, shownColumns, isNarrow }: ListToolbarProps) {
  const t = useTranslations("lists");
  const words = useDimensionWords();
  const { list, state, update } = control;
  const [opened, setOpened] = useState<"facets" | "views" | null>(null);
  const { all } = useFacets(control, labels);
  const areFacetsHidden = state.facets?.length === 0;
  const file = listStateParameters({ ...state, columns: [...shownColumns] });
  file.set("list", list);
  const dimensions = state.groupBy === null || all.includes(state.groupBy) ? all : [...all, state.groupBy];
  return (
    <>
      {isNarrow || areFacetsHidden ? (
        <Button onClick={() => (isNarrow ? setOpened("facets") : update({ facets: null }))}>
          <ListFilter aria-hidden />
          {t("toolbar.filters")}
        </Button>
      ) : null}
      <SearchField label={searchLabel} value={state.search} onSearch={(search) => update({ search })} />
      <Select
        className="w-44"
        label={t("toolbar.group")}
        value={state.groupBy ?? NO_GROUP}
        onValueChange={(value) => update({ groupBy: value === NO_GROUP ? null : value, unfolded: [] })}
        options={[
          { value: NO_GROUP, label: t("toolbar.noGroup") },
          ...dimensions.map((dimension) => ({ value: dimension, label: words.nameOf(dimension) })),
        ]}
      />
      <Button variant="ghost" onClick={() => setOpened("views")}>
        <Bookmark aria-hidden />
        {t("toolbar.views")}
      </Button>
      <Button variant="ghost" asChild>
        <a href={`/api/lists?${file}`} download title={t("toolbar.exportHelp")}>
          <Download aria-hidden />
          {t("toolbar.export")}
        </a>
      </Button>
      <ViewsDialog
        control={control}
        isOpen={opened === "views"}
        onOpenChange={(isOpen) => setOpened(isOpen ? "views" : null)}
      />
      <Dialog
        isOpen={opened === "facets"}
        onOpenChange={(isOpen) => setOpened(isOpen ? "facets" : null)}
        title={t("facets.title")}
        shape="sheet"
      >
        <FacetPanel control={control} labels={labels} />
      </Dialog>
    </>
  );
}
