"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { toast } from "sonner";
import { useMay } from "@/components/access/use-may";
import { machineHref } from "@/components/fleet/machine-href";
import { useMomentText } from "@/components/shell/moment-text";
import { Quantity } from "@/components/shell/quantity";
import { useQueryFailure } from "@/components/shell/query-error";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Dialog } from "@/components/ui/dialog";
import { FormProblem } from "@/components/ui/form-problem";
import type { Quarantined } from "./quarantine-page";

/** One message that could not be stored, with both ways out. */
export function QuarantinePanel({ message, onClose }: { message: Quarantined; onClose: () => void }) {
  const t = useTranslations("telemetry.quarantine");
  const trpc = useTRPC();
  const may = useMay();
  const moment = useMomentText();
  const queryClient = useQueryClient();
  const failureOf = useQueryFailure();
  const [asking, setAsking] = useState<"replay" | "discard" | null>(null);
  const settled = {
    onSettled: () => {
      for (const area of [trpc.telemetry, trpc.fleet, trpc.audit]) {
        void queryClient.invalidateQueries({ queryKey: area.pathKey() });
      }
    },
  };
  const done = (text: string) => () => {
    toast.success(text);
    onClose();
  };
  const replay = useMutation(
    trpc.telemetry.quarantine.replay.mutationOptions({
      ...settled,
      onSuccess: done(t("replay.done", { name: message.hostname })),
      // Why it failed again is worth reading at leisure.
      onError: () => setAsking(null),
    }),
  );
  const discard = useMutation(
    trpc.telemetry.quarantine.discard.mutationOptions({
      ...settled,
      onSuccess: done(t("discard.done", { name: message.hostname })),
    }),
  );
  const rows: [string, ReactNode][] = [
    [
      t("columns.agent"),
      message.machineId ? (
        <Link key="agent" href={machineHref(message.machineId)} className="text-accent-text hover:underline">
          {message.hostname}
        </Link>
      ) : (
        message.hostname
      ),
    ],
    [t("columns.site"), message.siteName],
    [t("columns.received"), moment.exact(message.receivedAt)],
    [t("columns.kind"), t(`kindWords.${message.kind}`)],
    [t("columns.bytes"), <Quantity key="bytes" kind="bytes" value={message.bytes} />],
    [t("columns.place"), <code key="place">{`${message.epoch}.${message.sequence}`}</code>],
  ];
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={t("panelTitle", { name: message.hostname })}
      shape="panel"
      footer={
        <>
          {may("agents:revoke") ? <Button onClick={() => setAsking("discard")}>{t("discard.action")}</Button> : null}
          {may("agents:approve") ? (
            <Button variant="primary" onClick={() => setAsking("replay")}>
              {t("replay.action")}
            </Button>
          ) : null}
        </>
      }
    >
      <div className="flex flex-col gap-5">
        <section>
          <h3 className="mb-1 font-semibold text-table">{t("why")}</h3>
          <p className="break-words font-mono text-caption">{message.reason}</p>
          <p className="mt-2 text-ink-muted text-table">{t("whyHelp")}</p>
        </section>
        <dl className="grid grid-cols-[minmax(7rem,auto)_1fr] text-table">
          {rows.map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="border-line border-t py-1.5 pr-4 text-ink-faint">{name}</dt>
              <dd className="min-w-0 break-words border-line border-t py-1.5">{value}</dd>
            </div>
          ))}
        </dl>
        <FormProblem text={replay.error ? failureOf(replay.error).text : null} />
        {may("agents:approve") ? null : <p className="text-ink-faint text-table">{t("mayNot")}</p>}
      </div>
      {asking ? (
        <ConfirmDialog
          isOpen
          onOpenChange={(isOpen) => !isOpen && setAsking(null)}
          title={t(`${asking}.title`, { name: message.hostname })}
          consequence={t(`${asking}.consequence`)}
          action={t(`${asking}.confirm`)}
          isDangerous={asking === "discard"}
          isBusy={replay.isPending || discard.isPending}
          error={asking === "discard" && discard.error ? failureOf(discard.error).text : null}
          onConfirm={() => (asking === "replay" ? replay : discard).mutate({ id: message.id })}
        />
      ) : null}
    </Dialog>
  );
}
