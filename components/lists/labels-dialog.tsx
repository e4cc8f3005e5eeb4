"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { toast } from "sonner";
import { useSettled } from "@/components/access/use-settled";
import { parseLabels } from "@/components/agents/parse-labels";
import { useQueryFailure } from "@/components/shell/query-error";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { StateMark } from "@/components/ui/state-mark";
import { LABEL_KEY_PATTERN } from "@/contract/selector";
import type { Inputs, Outputs } from "@/server/root";

const SETTLE_MILLISECONDS = 300;
type Change = Inputs["lists"]["labels"]["preview"];

/** Names of labels, with commas between; the first part that is none is given back as the problem. */
function parseNames(text: string): { names: string[] } | { problem: string } {
  const names = text.split(",").map((part) => part.trim());
  const problem = names.find((part) => part !== "" && !LABEL_KEY_PATTERN.test(part));
  return problem === undefined ? { names: [...new Set(names.filter((part) => part !== ""))] } : { problem };
}

const written = (labels: Record<string, string>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(", ");

function Samples({ data }: { data: Outputs["lists"]["labels"]["preview"] }) {
  const t = useTranslations("lists.bulk");
  if (data.samples.length === 0) return null;
  return (
    <table className="w-full table-fixed text-left text-caption">
      <thead>
        <tr className="text-ink-muted">
          <th scope="col" className="font-normal">
            <span className="sr-only">{t("selected", { count: data.changed })}</span>
          </th>
          <th scope="col" className="font-normal">
            {t("before")}
          </th>
          <th scope="col" className="font-normal">
            {t("after")}
          </th>
        </tr>
      </thead>
      <tbody>
        {data.samples.map(({ name, before, after }) => (
          <tr key={name} className="border-line border-t align-top">
            <th scope="row" className="break-words py-1 pr-2 font-medium">
              {name}
            </th>
            <td className="break-words py-1 pr-2 font-mono">{written(before) || t("none")}</td>
            <td className="break-words py-1 font-mono">{written(after) || t("none")}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export type LabelsDialogProps = {
  kind: Change["kind"];
  target: Change["target"];
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  onDone: () => void;
};

/** Sets and removes labels of many, after showing what would change. */
export function LabelsDialog({ kind, target, isOpen, onOpenChange, onDone }: LabelsDialogProps) {
  const t = useTranslations("lists.bulk");
  const trpc = useTRPC();
  const client = useQueryClient();
  const failureOf = useQueryFailure();
  const [setText, onSetText] = useState("");
  const [removeText, onRemoveText] = useState("");
  const set = parseLabels(setText);
  const remove = parseNames(removeText);
  const labels = "labels" in set ? set.labels : {};
  const names = "names" in remove ? remove.names.filter((name) => !Object.hasOwn(labels, name)) : [];
  const isComplete = "labels" in set && "names" in remove && Object.keys(labels).length + names.length > 0;
  const change: Change = { kind, target, set: labels, remove: names };
  const asked = JSON.stringify(change);
  const isSettled = useSettled(asked, SETTLE_MILLISECONDS) === asked;
  const ask = useMutation(trpc.lists.labels.preview.mutationOptions());
  const preview = useQuery({
    queryKey: ["labels-preview", asked],
    queryFn: () => ask.mutateAsync(change),
    enabled: isOpen && isComplete && isSettled,
    gcTime: 0,
    retry: false,
  });
  const data = isComplete && isSettled ? preview.data : undefined;
  const apply = useMutation(
    trpc.lists.labels.update.mutationOptions({
      onSuccess: ({ changed }) => {
        toast(t("done", { count: changed }));
        onOpenChange(false);
        onDone();
      },
      onError: (error) => void toast.error(failureOf(error).text),
      onSettled: () => client.invalidateQueries(),
    }),
  );
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={t("title")}
      widthPx={640}
      footer={
        <Button
          variant="primary"
          isBusy={apply.isPending}
          disabled={!data || data.changed === 0}
          onClick={() => data && apply.mutate({ ...change, expected: data.changed })}
        >
          {t("apply", { count: data?.changed ?? 0 })}
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        <Field
          label={t("set")}
          help={t("setHelp")}
          error={"problem" in set ? t("problem", { text: set.problem }) : undefined}
        >
          <Input value={setText} onChange={(event) => onSetText(event.target.value)} className="font-mono" />
        </Field>
        <Field
          label={t("remove")}
          help={t("removeHelp")}
          error={"problem" in remove ? t("problem", { text: remove.problem }) : undefined}
        >
          <Input value={removeText} onChange={(event) => onRemoveText(event.target.value)} className="font-mono" />
        </Field>
        <div role="status" className="text-table">
          {preview.error ? (
            <StateMark state="unknown" word={failureOf(preview.error).text} className="whitespace-normal" />
          ) : data ? (
            data.changed > 0 ? (
              t("preview", { changed: data.changed, total: data.total })
            ) : (
              t("nothing")
            )
          ) : null}
        </div>
        {data ? <Samples data={data} /> : null}
      </div>
    </Dialog>
  );
}
