"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useDeferredValue } from "react";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { StateMark } from "@/components/ui/state-mark";
import { parseSelector, SelectorError } from "@/contract/selector";

/** `null` is all sites; a text is a selector, which may still be unfinished. */
export type Reach = string | null;

/** What is wrong with a reach, or null when it can be saved. */
export function reachProblem(reach: Reach): SelectorError | null {
  if (reach === null) return null;
  try {
    if (reach.trim() === "") throw new SelectorError(0, "nothing", "a label");
    parseSelector(reach);
    return null;
  } catch (error) {
    if (error instanceof SelectorError) return error;
    throw error;
  }
}

function Preview({ reach }: { reach: Reach }) {
  const t = useTranslations("access.reachField");
  const trpc = useTRPC();
  const asked = useDeferredValue(reach);
  const { data } = useQuery(
    trpc.access.scope.preview.queryOptions({ scopeSelector: asked }, { placeholderData: keepPreviousData }),
  );
  if (!data) return t("checking");
  if (data.sites === 0) return <StateMark state="warning" word={t("matchesNone")} className="whitespace-normal" />;
  return t("matches", { sites: data.sites, total: data.sitesTotal, machines: data.machines });
}

/** Which sites a role reaches, with what that means right now. */
export function ReachField({ reach, onReach }: { reach: Reach; onReach: (reach: Reach) => void }) {
  const t = useTranslations("access.reachField");
  const problem = reachProblem(reach);
  return (
    <div className="flex flex-col gap-4">
      <Field label={t("label")} help={reach === null ? <Preview reach={null} /> : undefined}>
        <Select
          value={reach === null ? "all" : "some"}
          onValueChange={(value) => onReach(value === "all" ? null : "")}
          options={[
            { value: "all", label: t("all") },
            { value: "some", label: t("some") },
          ]}
        />
      </Field>
      {reach === null ? null : (
        <Field
          label={t("selector")}
          help={problem ? t("help") : <Preview reach={reach} />}
          error={
            problem && reach.trim() !== ""
              ? t("problem", { position: problem.position + 1, found: problem.found, expected: problem.expected })
              : undefined
          }
        >
          <Input
            value={reach}
            onChange={(event) => onReach(event.target.value)}
            maxLength={1000}
            autoComplete="off"
            spellCheck={false}
            className="font-mono"
          />
        </Field>
      )}
    </div>
  );
}
