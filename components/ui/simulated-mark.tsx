import { useTranslations } from "next-intl";
import { Badge } from "./badge";
import { StateMark } from "./state-mark";

/** Says that a thing is made up by the demo fleet. In a row of a list its shape stands alone, and its word is read aloud. */
export function SimulatedMark({ isShort = false }: { isShort?: boolean }) {
  const t = useTranslations("ui.state");
  return (
    <Badge tone="simulated" title={t("simulated")} className="shrink-0">
      <StateMark state="simulated" isWordHidden={isShort} />
    </Badge>
  );
}

/** How many of a total are made up by the demo fleet; nothing when none is. */
export function SimulatedCount({ count }: { count: number }) {
  const t = useTranslations("ui");
  return count > 0 ? (
    <Badge tone="simulated">
      <StateMark state="simulated" word={t("simulatedCount", { count })} />
    </Badge>
  ) : null;
}
