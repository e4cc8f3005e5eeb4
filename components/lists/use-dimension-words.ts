"use client";

import { useLocale, useTranslations } from "next-intl";
import { useMemo } from "react";
import { properName } from "@/components/clusters/proper-names";
import { HEALTHS } from "@/contract/cluster/healths";
import { FACTS } from "@/contract/facts";
import { CONNECTIVITIES } from "@/server/fleet/model";
import { type Dimension, factOf } from "@/server/lists/model";
import { UNIT_STATES } from "@/server/storage/model";

type Facts = typeof FACTS;
export type FactKey = { [K in keyof Facts]: keyof Facts[K] }[keyof Facts];

const FACT_KEYS: readonly string[] = Object.values(FACTS).flatMap((facts) => Object.keys(facts));
const isFactKey = (name: string): name is FactKey => FACT_KEYS.includes(name);

/** Labels, facts and their values in the reader's language. */
export function useDimensionWords() {
  const t = useTranslations("lists");
  const tHealth = useTranslations("clusters.health");
  const tConnection = useTranslations("fleet.connectivity");
  const tStorage = useTranslations("storage");
  const locale = useLocale();
  return useMemo(() => {
    const countries = new Intl.DisplayNames([locale], { type: "region" });
    /** A label keeps its own name. */
    const nameOf = (dimension: Dimension): string => {
      const fact = factOf(dimension);
      return fact !== null && isFactKey(fact) ? t(`facts.${fact}`) : dimension;
    };
    const wordOf = (dimension: Dimension, value: string): string => {
      const health = HEALTHS.find((one) => one === value);
      const connection = CONNECTIVITIES.find((one) => one === value);
      const state = UNIT_STATES.find((one) => one === value);
      switch (dimension) {
        case "@health":
        case "@lastHealth":
          return health ? tHealth(health) : value;
        case "@connection":
          return connection ? tConnection(connection) : value;
        case "@forecast":
          return state ? tStorage(`states.${state}`) : value;
        case "@kind":
          return value === "pool" || value === "volume" ? tStorage(`kinds.${value}`) : value;
        case "@country":
          return /^[A-Z]{2}$/.test(value) ? (countries.of(value) ?? value) : value;
        case "@distribution":
        case "@provider":
          return properName(value);
        case "@contested":
        case "@simulated":
          return value === "true" ? t("values.true") : t("values.false");
        default:
          return value;
      }
    };
    /** What has no value: a label is not set, a fact is unknown. */
    const missingOf = (dimension: Dimension): string =>
      factOf(dimension) === null ? t("facets.none") : t("facets.unknown");
    return { nameOf, wordOf, missingOf };
  }, [t, tHealth, tConnection, tStorage, locale]);
}
