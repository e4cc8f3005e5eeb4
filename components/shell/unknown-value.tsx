"use client";

import { useTranslations } from "next-intl";
import { StateMark } from "@/components/ui/state-mark";
import type { UnknownReason } from "@/contract/unknown";
import { Hint } from "./hint";

export type UnknownValueProps = {
  /** Why it is unknown; null when nobody said. */
  reason: UnknownReason | null;
  /** In a narrow column: the reason stands in the hint only. */
  isShort?: boolean;
};

/** A figure that is not there: never a dash, never a zero, but the word and why. */
export function UnknownValue({ reason, isShort = false }: UnknownValueProps) {
  const t = useTranslations("shell.unknown");
  if (!reason) return <StateMark state="unknown" word={t("word")} className="text-caption" />;
  const word = isShort ? t("word") : `${t("word")} · ${t(`codes.${reason.code}`)}`;
  const content = (
    <>
      <p>{t(`help.${reason.code}`)}</p>
      {reason.detail ? <p className="mt-1 break-words font-mono text-ink-muted">{reason.detail}</p> : null}
    </>
  );
  return (
    <Hint content={content} className="font-normal text-caption tracking-normal">
      <StateMark state="unknown" word={word} />
    </Hint>
  );
}
