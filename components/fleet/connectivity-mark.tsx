"use client";

import { useLocale, useTranslations } from "next-intl";
import { Hint } from "@/components/shell/hint";
import { type MarkState, StateMark } from "@/components/ui/state-mark";
import { quantityText } from "@/contract/units";
import { type Connectivity, MISSED_INTERVALS_MAX } from "@/server/fleet/model";

const MARKS: Record<Connectivity, MarkState> = {
  online: "good",
  offline: "offline",
  never: "waiting",
  revoked: "offline",
};

export type ConnectivityMarkProps = { connectivity: Connectivity; intervalSeconds: number | null };

/** Whether a machine is reached, with the rule behind it; says nothing of its health. */
export function ConnectivityMark({ connectivity, intervalSeconds }: ConnectivityMarkProps) {
  const t = useTranslations("fleet.connectivity");
  const locale = useLocale();
  const mark = <StateMark state={MARKS[connectivity]} word={t(connectivity)} />;
  if (intervalSeconds === null) return mark;
  const seconds = quantityText("seconds", intervalSeconds, locale);
  return <Hint content={t("rule", { count: MISSED_INTERVALS_MAX, seconds })}>{mark}</Hint>;
}
