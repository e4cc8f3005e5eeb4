"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Dialog } from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/skeleton";
import { useArrivals } from "./enrol-arrivals";
import { EnrolCommands, type MadeToken } from "./enrol-commands";
import { EnrolForm } from "./enrol-form";

/** From "which site" to the machine that reports, in one window. */
export function EnrolDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations("agents");
  const trpc = useTRPC();
  const sites = useQuery(trpc.fleet.sites.list.queryOptions());
  const [made, setMade] = useState<MadeToken | null>(null);
  const [isLeaving, setIsLeaving] = useState(false);
  const { arrived } = useArrivals(made?.id ?? null);
  // A slip of the hand must not cost the token, which nobody can show again.
  const isTokenNeeded = made !== null && arrived < made.usesMax;
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => {
        if (isOpen) return;
        if (isTokenNeeded) setIsLeaving(true);
        else onClose();
      }}
      title={made ? t("made.title") : t("form.title")}
      description={made ? undefined : t("form.description")}
      widthPx={640}
    >
      {made ? (
        <EnrolCommands made={made} onDone={onClose} />
      ) : (
        <QueryView query={sites} skeleton={<Skeleton className="h-80" />}>
          {(known) => <EnrolForm sites={known} onMade={setMade} />}
        </QueryView>
      )}
      <ConfirmDialog
        isOpen={isLeaving}
        onOpenChange={setIsLeaving}
        title={t("made.leaveTitle")}
        consequence={t("made.leaveConsequence")}
        action={t("made.leave")}
        isDangerous={false}
        onConfirm={onClose}
      />
    </Dialog>
  );
}
