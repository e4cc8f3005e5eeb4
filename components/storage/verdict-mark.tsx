"use client";

import { StateMark } from "@/components/ui/state-mark";
import { SOON_DAYS } from "@/server/storage/model";
import { type Said, useOutlookText } from "./use-outlook-text";

const DAY_MS = 86_400_000;

const isSoon = ({ verdict, fullFrom }: Said, nowMs: number): boolean =>
  verdict === "filling" && fullFrom !== null && fullFrom.getTime() - nowMs < SOON_DAYS * DAY_MS;

/** When it is full, in words and as a mark where it is time to act or where nothing is known. */
export function VerdictMark({ said, nowMs }: { said: Said; nowMs: number }) {
  const word = useOutlookText()(said);
  const { verdict } = said;
  if (verdict === "unknown" || verdict === "not_enough_data") return <StateMark state="unknown" word={word} />;
  if (verdict === "full") return <StateMark state="critical" word={word} />;
  if (isSoon(said, nowMs)) return <StateMark state="warning" word={word} />;
  return <span>{word}</span>;
}
