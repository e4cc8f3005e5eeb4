"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { selectorProblem } from "@/components/access/selector-problem";
import { useSettled } from "@/components/access/use-settled";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";

const NAME = "sites";
const SETTLE_MILLISECONDS = 300;

export type SelectorControl = {
  text: string;
  onText: (text: string) => void;
  /** The last selector that can be asked for; null = all sites. */
  asked: string | null;
};

const isComplete = (text: string) => text.trim() === "" || selectorProblem(text) === null;

/** Which sites a page is about. What can be asked for lives in the address. */
export function useSelector(): SelectorControl {
  const parameters = useSearchParams();
  const pathname = usePathname();
  const [text, setText] = useState(parameters.get(NAME) ?? "");
  const [complete, setComplete] = useState(() => (isComplete(text) ? text.trim() : ""));
  const settled = useSettled(complete, SETTLE_MILLISECONDS);
  const onText = (next: string) => {
    setText(next);
    // What is still being typed asks for nothing: the last answer stays.
    if (!isComplete(next)) return;
    setComplete(next.trim());
    const changed = new URLSearchParams(window.location.search);
    if (next.trim() === "") changed.delete(NAME);
    else changed.set(NAME, next.trim());
    const address = changed.toString();
    window.history.replaceState(null, "", address ? `${pathname}?${address}` : pathname);
  };
  return { text, onText, asked: settled === "" ? null : settled };
}

/** The selector of sites as text, with what is wrong with it. */
export function SelectorField({ text, onText }: SelectorControl) {
  const t = useTranslations("telemetry.compare");
  const tReach = useTranslations("access.reachField");
  const problem = selectorProblem(text);
  return (
    <Field
      label={t("sites")}
      help={t("sitesHelp")}
      className="sm:max-w-96"
      error={
        problem === null || problem === "empty"
          ? undefined
          : tReach("problem", {
              position: problem.position + 1,
              found: problem.found === null ? tReach("end") : tReach("text", { text: problem.found }),
              expected: tReach(`expected.${problem.expected}`),
            })
      }
    >
      <Input
        value={text}
        onChange={(event) => onText(event.target.value)}
        placeholder={t("allSites")}
        maxLength={1000}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        className="font-mono"
      />
    </Field>
  );
}
