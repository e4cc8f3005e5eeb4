"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { Dialog } from "@/components/ui/dialog";
import { EnrolCommands, type MadeToken } from "./enrol-commands";
import { EnrolForm } from "./enrol-form";

/** From "which site" to the machine that reports, in one window. */
export function EnrolDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations("agents");
  const [made, setMade] = useState<MadeToken | null>(null);
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={made ? t("made.title") : t("form.title")}
      description={made ? undefined : t("form.description")}
      widthPx={620}
    >
      {made ? <EnrolCommands made={made} onDone={onClose} /> : <EnrolForm onMade={setMade} />}
    </Dialog>
  );
}
