"use client";

import { useTranslations } from "next-intl";
import { StateMark } from "@/components/ui/state-mark";
import { Hint } from "./hint";

export type LiveIndicatorProps = {
  connection: "live" | "polling" | "offline";
  /** How often is asked while polling. */
  pollingSeconds?: number;
};

const STATES = { live: "good", polling: "waiting", offline: "offline" } as const;

/** Whether the page moves by itself; the word is spoken when it changes. */
export function LiveIndicator({ connection, pollingSeconds = 30 }: LiveIndicatorProps) {
  const t = useTranslations("shell.live");
  const help = connection === "polling" ? t("pollingHelp", { seconds: pollingSeconds }) : t(`${connection}Help`);
  return (
    <Hint content={help} className="px-1 text-caption">
      <span role="status">
        <StateMark state={STATES[connection]} word={t(connection)} />
      </span>
    </Hint>
  );
}
