"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Dialog } from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/skeleton";
import { TokenForm } from "./token-form";
import { type MadeToken, TokenSnippets } from "./token-snippets";

/** From a name to a configuration that can be pasted, in one window. */
export function TokenDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations("senders");
  const trpc = useTRPC();
  const sites = useQuery(trpc.fleet.sites.list.queryOptions());
  const [made, setMade] = useState<MadeToken | null>(null);
  const [isLeaving, setIsLeaving] = useState(false);
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => {
        if (isOpen) return;
        // A slip of the hand must not cost the token, which nobody can show again.
        if (made) setIsLeaving(true);
        else onClose();
      }}
      title={made ? t("made.title") : t("form.title")}
      description={made ? undefined : t("form.description")}
      widthPx={680}
    >
      {made ? (
        <TokenSnippets made={made} onDone={onClose} />
      ) : (
        <QueryView query={sites} skeleton={<Skeleton className="h-80" />}>
          {(known) => <TokenForm sites={known} onMade={setMade} />}
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
