"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { selectorProblem } from "@/components/access/selector-problem";
import { useSettled } from "@/components/access/use-settled";
import { useQueryFailure } from "@/components/shell/query-error";
import { useTRPC } from "@/components/shell/trpc-provider";
import { StateMark } from "@/components/ui/state-mark";
import type { SubjectKind } from "@/contract/facts";

const SETTLE_MILLISECONDS = 300;

/** What is wrong with a selector, in the reader's language; null when it can be read. */
export function useSelectorProblem(kind: SubjectKind, text: string): string | null {
  const t = useTranslations("access.reachField");
  const problem = selectorProblem(text, kind);
  if (problem === null || problem === "empty") return null;
  return t("problem", {
    position: problem.position + 1,
    found: problem.found === null ? t("end") : t("text", { text: problem.found }),
    expected: t(`expected.${problem.expected}`),
  });
}

/** What a selector matches at this moment: so many, at so many sites; or what it is that excludes everything. */
export function SelectorPreview({ kind, selector }: { kind: SubjectKind; selector: string }) {
  const t = useTranslations("lists.selector");
  const trpc = useTRPC();
  const failureOf = useQueryFailure();
  const asked = useSettled(selector, SETTLE_MILLISECONDS);
  const problem = selectorProblem(asked, kind);
  const { data, error } = useQuery(
    trpc.lists.preview.queryOptions(
      { kind, selector: asked },
      { enabled: problem === null || problem === "empty", placeholderData: keepPreviousData },
    ),
  );
  if (error) return <StateMark state="unknown" word={failureOf(error).text} className="whitespace-normal" />;
  if (!data || asked !== selector) return t("checking");
  if (data.matches === 0) {
    const parts = data.excluding.join(" · ");
    const word = parts === "" ? t("nothing") : t("nothingBecause", { parts });
    return <StateMark state="warning" word={word} className="whitespace-normal" />;
  }
  if (kind === "site") return t("matchesSites", { count: data.matches });
  return t("matches", { things: t(`things.${kind}`, { count: data.matches }), sites: data.sites });
}
