"use client";

import { useTranslations } from "next-intl";
import { Badge } from "@/components/ui/badge";
import { StateMark } from "@/components/ui/state-mark";

/** Says that what is at a site is made up: in violet, by a hexagon and by the word. */
export function SimulatedMark({ isWordHidden = false }: { isWordHidden?: boolean }) {
  const t = useTranslations("sites.site");
  const mark = <StateMark state="simulated" word={t("simulated")} isWordHidden={isWordHidden} />;
  return isWordHidden ? mark : <Badge tone="simulated">{mark}</Badge>;
}
