"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Checkbox } from "@/components/ui/checkbox";
import { cn } from "@/components/ui/class-names";
import { type Dimension, FACETS_MAX, factOf, KIND_OF, type ListName } from "@/server/lists/model";
import type { Outputs } from "@/server/root";
import { withMissing, withValue } from "./facet-choice";
import { useDimensionWords } from "./use-dimension-words";
import type { ListControl } from "./use-list-state";

type FacetValues = Outputs["lists"]["facets"][number];

/** Facets that a list offers before labels, and those that are unfolded at first. */
const FACETS: Record<ListName, readonly Dimension[]> = {
  clusters: [
    "@health",
    "@connection",
    "@distribution",
    "@version",
    "@provider",
    "@site",
    "@region",
    "@country",
    "@carrier",
    "@owner",
  ],
  machines: [
    "@connection",
    "@os",
    "@architecture",
    "@virtualization",
    "@site",
    "@region",
    "@country",
    "@carrier",
    "@owner",
  ],
  applications: ["@health", "@namespace", "@name", "@version", "@cluster", "@site", "@region", "@country", "@carrier"],
  storage: ["@forecast", "@kind", "@class", "@namespace", "@cluster", "@site", "@region", "@country", "@carrier"],
};
const UNFOLDED: Record<ListName, readonly Dimension[]> = {
  clusters: ["@health", "@connection", "@distribution"],
  machines: ["@connection", "@os"],
  applications: ["@health", "@namespace"],
  storage: ["@forecast", "@kind", "@class"],
};
const LABELS_MAX = 12;

/** The facets of a list, and which of them are unfolded. */
export function useFacets({ list, state }: ListControl, labels: readonly string[]) {
  const all = [...FACETS[list], ...labels.slice(0, LABELS_MAX)];
  const unfolded = state.facets ?? UNFOLDED[list];
  return { all: [...all, ...unfolded.filter((one) => !all.includes(one))], unfolded };
}

function FacetChoices({ control, facet }: { control: ListControl; facet: FacetValues }) {
  const t = useTranslations("lists.facets");
  const words = useDimensionWords();
  const { state, list, update } = control;
  const { dimension, values, others, missing, isMissingChosen } = facet;
  const change = (selector: string | null) => {
    if (selector !== null) update({ selector });
  };
  const lines = values.map(({ value, count, isChosen }) => ({
    key: `=${value}`,
    label: value === "" ? '""' : words.wordOf(dimension, value),
    count,
    isChosen,
    onChange: () => change(withValue(state.selector, KIND_OF[list], dimension, value)),
  }));
  if (missing > 0 || isMissingChosen) {
    const onChange = () => change(withMissing(state.selector, KIND_OF[list], dimension));
    lines.push({ key: "none", label: words.missingOf(dimension), count: missing, isChosen: isMissingChosen, onChange });
  }
  if (lines.length === 0) return <p className="pl-6 text-caption text-ink-faint">{t("empty")}</p>;
  return (
    <ul className="flex flex-col gap-1 pb-2 pl-6">
      {lines.map(({ key, label, count, isChosen, onChange }) => (
        <li key={key} className="flex items-start justify-between gap-2">
          <Checkbox isChecked={isChosen} onChange={onChange} label={label} className="min-w-0 [&_label]:break-words" />
          <span className="shrink-0 text-caption text-ink-muted tabular-nums">{count}</span>
        </li>
      ))}
      {others > 0 ? <li className="text-caption text-ink-faint">{t("others", { count: others })}</li> : null}
    </ul>
  );
}

export type FacetPanelProps = { control: ListControl; labels: readonly string[] };

/** Values that there are, with how many rows have them; each facet counts without its own choice. */
export function FacetPanel({ control, labels }: FacetPanelProps) {
  const trpc = useTRPC();
  const words = useDimensionWords();
  const { list, state, update } = control;
  const { all, unfolded } = useFacets(control, labels);
  const { data = [] } = useQuery(
    trpc.lists.facets.queryOptions(
      {
        kind: KIND_OF[list],
        selector: state.selector,
        search: state.search,
        dimensions: unfolded.slice(0, FACETS_MAX),
      },
      { enabled: unfolded.length > 0, placeholderData: keepPreviousData },
    ),
  );
  const toggle = (dimension: Dimension) =>
    update({
      facets: unfolded.includes(dimension)
        ? unfolded.filter((one) => one !== dimension)
        : [...unfolded, dimension].slice(-FACETS_MAX),
    });
  return (
    <ul className="flex flex-col">
      {all.map((dimension) => {
        const facet = data.find((one) => one.dimension === dimension);
        const isUnfolded = unfolded.includes(dimension);
        return (
          <li key={dimension}>
            <button
              type="button"
              aria-expanded={isUnfolded}
              onClick={() => toggle(dimension)}
              className="flex w-full items-center gap-1 rounded-sm py-1.5 text-left font-medium text-ink text-table hover:bg-hover"
            >
              <ChevronRight
                aria-hidden
                className={cn("size-4 shrink-0 text-ink-muted transition-transform", isUnfolded && "rotate-90")}
              />
              <span className={cn("min-w-0 truncate", factOf(dimension) === null && "font-mono")}>
                {words.nameOf(dimension)}
              </span>
            </button>
            {isUnfolded && facet ? <FacetChoices control={control} facet={facet} /> : null}
          </li>
        );
      })}
    </ul>
  );
}
