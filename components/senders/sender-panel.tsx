"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { toast } from "sonner";
import { useMay } from "@/components/access/use-may";
import { machineHref } from "@/components/fleet/machine-href";
import { useMomentText } from "@/components/shell/moment-text";
import { useQueryFailure } from "@/components/shell/query-error";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Dialog } from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/skeleton";
import type { Outputs } from "@/server/root";
import { MetricList } from "./metric-list";
import { HeardAt, type SenderRow } from "./sender-table";

type SenderDetail = Outputs["senders"]["get"];

function Section({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section>
      <h3 className="mb-2 font-semibold text-table">{title}</h3>
      {children}
    </section>
  );
}

function Targets({ targets }: { targets: SenderDetail["targets"] }) {
  const t = useTranslations("senders.panel");
  if (targets.length === 0) return <p className="text-ink-muted text-table">{t("noTargets")}</p>;
  return (
    <ul className="flex flex-col divide-y divide-line text-table">
      {targets.map((target) => (
        <li key={target.name} className="flex flex-wrap items-baseline justify-between gap-x-4 py-1.5">
          <span className="min-w-0 break-all">
            {target.machineId ? (
              <Link href={machineHref(target.machineId)} className="text-accent-text hover:underline">
                {target.name}
              </Link>
            ) : (
              target.name
            )}
          </span>
          <span className="text-caption text-ink-faint">
            {target.siteName} · <HeardAt at={target.lastReceivedAt} never={t("never")} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function UnknownSites({ sites }: { sites: SenderDetail["unknownSites"] }) {
  const t = useTranslations("senders.panel");
  return (
    <Section title={t("unknownSites")}>
      <p className="mb-1 text-caption text-ink-muted">{t("unknownSitesHelp")}</p>
      <ul className="flex flex-col divide-y divide-line text-table">
        {sites.map((site) => (
          <li key={site.name} className="flex flex-wrap items-baseline justify-between gap-x-4 py-1.5">
            <span className="break-all">{site.name === "" ? t("withoutSite") : site.name}</span>
            <span className="text-caption text-ink-faint">
              {t("keptOut", { count: site.samples })} · <HeardAt at={site.lastSeen} never="" />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** One sender: where from, what, and the end of it. */
export function SenderPanel({ sender, onClose }: { sender: SenderRow; onClose: () => void }) {
  const t = useTranslations("senders");
  const trpc = useTRPC();
  const may = useMay();
  const moment = useMomentText();
  const queryClient = useQueryClient();
  const failureOf = useQueryFailure();
  const query = useQuery(trpc.senders.get.queryOptions({ senderId: sender.id }));
  const [isAsking, setIsAsking] = useState(false);
  const revoke = useMutation(
    trpc.senders.revoke.mutationOptions({
      onSuccess: () => {
        toast.success(t("revoke.done", { name: sender.name }));
        setIsAsking(false);
      },
      onError: (error) => void toast.error(failureOf(error).text),
      onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.senders.pathKey() }),
    }),
  );
  const isRevocable = may("senders:write") && sender.state !== "revoked";
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={sender.name}
      description={t("panel.made", {
        by: sender.createdByName ?? t("panel.somebody"),
        time: moment.exact(sender.createdAt),
      })}
      shape="panel"
      footer={isRevocable ? <Button onClick={() => setIsAsking(true)}>{t("revoke.action")}</Button> : undefined}
    >
      <QueryView query={query} skeleton={<Skeleton className="h-80" />}>
        {(detail) => (
          <div className="flex flex-col gap-6">
            {sender.lastProblem && sender.lastProblemAt ? (
              <Section title={t("panel.problem")}>
                <p className="break-words font-mono text-caption">{sender.lastProblem}</p>
                <p className="mt-1 text-caption text-ink-muted">
                  <HeardAt at={sender.lastProblemAt} never="" /> · {t("panel.problemHelp")}
                </p>
              </Section>
            ) : null}
            {detail.unknownSites.length > 0 ? <UnknownSites sites={detail.unknownSites} /> : null}
            <Section title={t("panel.targets")}>
              <Targets targets={detail.targets} />
            </Section>
            <Section title={t("panel.metrics")}>
              <MetricList senderId={detail.id} metrics={detail.metrics} />
            </Section>
          </div>
        )}
      </QueryView>
      {isAsking ? (
        <ConfirmDialog
          isOpen
          onOpenChange={(isOpen) => !isOpen && setIsAsking(false)}
          title={t("revoke.title", { name: sender.name })}
          consequence={t("revoke.consequence")}
          action={t("revoke.action")}
          isBusy={revoke.isPending}
          onConfirm={() => revoke.mutate({ senderId: sender.id })}
        />
      ) : null}
    </Dialog>
  );
}
