"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { toast } from "sonner";
import { useQueryFailure } from "@/components/shell/query-error";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { FormProblem } from "@/components/ui/form-problem";
import { Input } from "@/components/ui/input";
import { Textarea } from "@/components/ui/textarea";
import { IMPORT_CHARACTERS_MAX, SITE_COLUMNS } from "@/server/sites/model";
import { ImportPreviewView } from "./import-preview";

/** Texts beyond this are not put into the field: a browser would stand still. */
const SHOWN_CHARACTERS = 200_000;
/** So many are imported as an operation that the overview shows. */
const MANY_SITES = 500;
const COLUMNS = ["id", ...Object.values(SITE_COLUMNS)].join(", ");

/** Sites from a CSV: first what would happen, row by row, then the doing. */
export function ImportDialog({ isOpen, onOpenChange }: { isOpen: boolean; onOpenChange: (isOpen: boolean) => void }) {
  const t = useTranslations("sites.import");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failureOf = useQueryFailure();
  const [text, setText] = useState("");
  const [fileProblem, setFileProblem] = useState<string | null>(null);
  const preview = useMutation(trpc.sites.previewImport.mutationOptions());
  const close = () => {
    setText("");
    setFileProblem(null);
    preview.reset();
    onOpenChange(false);
  };
  const run = useMutation(
    trpc.sites.runImport.mutationOptions({
      onSuccess: ({ created, changed }) => {
        toast.success(t("done", { count: created + changed }));
        void queryClient.invalidateQueries({ queryKey: trpc.sites.pathKey() });
        void queryClient.invalidateQueries({ queryKey: trpc.fleet.pathKey() });
        close();
      },
    }),
  );
  const read = async (file: File | undefined) => {
    preview.reset();
    setFileProblem(null);
    if (!file) return;
    try {
      const found = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
      if (found.length > IMPORT_CHARACTERS_MAX) setFileProblem(t("tooLong", { max: IMPORT_CHARACTERS_MAX }));
      else setText(found);
    } catch {
      setFileProblem(t("notUtf8"));
    }
  };
  const failure = run.error ?? preview.error;
  const found = preview.data;
  const planned = found ? found.created + found.changed : 0;
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={(next) => (next ? onOpenChange(true) : close())}
      title={t("title")}
      description={found ? undefined : t("help")}
      widthPx={860}
      footer={
        found ? (
          <>
            <Button
              onClick={() => {
                preview.reset();
                run.reset();
              }}
            >
              {t("back")}
            </Button>
            {planned > 0 ? (
              <Button
                variant="primary"
                isBusy={run.isPending}
                onClick={() => run.mutate({ text, isPartial: found.bad > 0 })}
              >
                {t(found.bad > 0 ? "runGood" : "run", { count: planned })}
              </Button>
            ) : null}
          </>
        ) : (
          <Button
            variant="primary"
            disabled={text.trim() === ""}
            isBusy={preview.isPending}
            onClick={() => preview.mutate({ text })}
          >
            {t("preview")}
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-4">
        {found ? (
          <ImportPreviewView preview={found} />
        ) : (
          <>
            <p className="font-mono text-caption text-ink-faint">{t("columns", { columns: COLUMNS })}</p>
            <Field label={t("file")} error={fileProblem}>
              <Input
                type="file"
                accept=".csv,.tsv,.txt,text/csv"
                className="py-1"
                onChange={(event) => void read(event.target.files?.[0])}
              />
            </Field>
            <Field label={t("text")}>
              <Textarea
                rows={10}
                spellCheck={false}
                className="font-mono text-caption"
                value={text.length > SHOWN_CHARACTERS ? `${text.slice(0, 2000)}\n…` : text}
                readOnly={text.length > SHOWN_CHARACTERS}
                onChange={(event) => setText(event.target.value)}
              />
            </Field>
          </>
        )}
        {run.isPending && planned > MANY_SITES ? <p className="text-ink-muted text-table">{t("goesOn")}</p> : null}
        <FormProblem text={failure ? failureOf(failure).text : null} />
      </div>
    </Dialog>
  );
}
