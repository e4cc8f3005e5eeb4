"use client";

import { useQueryClient } from "@tanstack/react-query";
import { Download, Plus, Upload } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { toast } from "sonner";
import { useQueryFailure } from "@/components/shell/query-error";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { ImportDialog } from "./import-dialog";
import { SiteDialog } from "./site-dialog";

/** What can be done about all sites: create one, bring many in, take all out. */
export function SiteActions({ mayUpdate, isEmpty }: { mayUpdate: boolean; isEmpty: boolean }) {
  const t = useTranslations("sites.list");
  const locale = useLocale();
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failureOf = useQueryFailure();
  const [open, setOpen] = useState<"create" | "import" | null>(null);
  const [isBusy, setBusy] = useState(false);
  const download = async () => {
    setBusy(true);
    try {
      // A German Excel expects semicolons and decimal commas.
      const separator = locale === "de" ? ";" : ",";
      const options = trpc.sites.export.queryOptions({ separator }, { staleTime: 0, gcTime: 0 });
      save(await queryClient.fetchQuery(options));
      toast.success(t("exported"));
    } catch (error) {
      toast.error(failureOf(error).text);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="flex flex-wrap gap-2">
      {isEmpty ? null : (
        <Button onClick={download} isBusy={isBusy}>
          <Download aria-hidden /> {t("export")}
        </Button>
      )}
      {mayUpdate ? (
        <>
          <Button onClick={() => setOpen("import")}>
            <Upload aria-hidden /> {t("import")}
          </Button>
          <Button variant="primary" onClick={() => setOpen("create")}>
            <Plus aria-hidden /> {t("create")}
          </Button>
          <SiteDialog
            site={null}
            isOpen={open === "create"}
            onOpenChange={(isOpen) => setOpen(isOpen ? "create" : null)}
          />
          <ImportDialog isOpen={open === "import"} onOpenChange={(isOpen) => setOpen(isOpen ? "import" : null)} />
        </>
      ) : null}
    </div>
  );
}

/** Hands a text to the browser as a file. */
function save(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "sites.csv";
  link.click();
  URL.revokeObjectURL(url);
}
