"use client";

import { useTranslations } from "next-intl";
import { Dialog } from "@/components/ui/dialog";
import type { Outputs } from "@/server/root";
import { SiteForm } from "./site-form";

export type SiteDialogProps = {
  /** Null = a new one. */
  site: Outputs["sites"]["get"] | null;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
};

/** What is kept of a site, to be entered or changed. */
export function SiteDialog({ site, isOpen, onOpenChange }: SiteDialogProps) {
  const t = useTranslations("sites.form");
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={site ? t("edit", { name: site.name }) : t("create")}
      description={t("unknownHelp")}
      shape="panel"
    >
      <SiteForm site={site} onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}
