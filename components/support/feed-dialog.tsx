"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CalendarPlus, Download } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { toast } from "sonner";
import { useMay } from "@/components/access/use-may";
import { useMomentText } from "@/components/shell/moment-text";
import { useQueryFailure } from "@/components/shell/query-error";
import { QueryView } from "@/components/shell/query-view";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import { LOCALES, type Locale } from "@/i18n/preferences";
import type { Outputs } from "@/server/root";

type Feed = Outputs["support"]["feed"]["get"];

function FeedState({ feed }: { feed: Feed }) {
  const t = useTranslations("support.subscribe");
  const moment = useMomentText();
  if (!feed) return <p className="text-ink-muted text-table">{t("none")}</p>;
  return (
    <p className="text-table">
      {t("since", { date: moment.exact(feed.createdAt) })}
      <span className="block text-ink-faint">
        {feed.lastUsedAt ? t("lastUsed", { date: moment.exact(feed.lastUsedAt) }) : t("neverUsed")}
      </span>
    </p>
  );
}

function FeedForm({ feed }: { feed: Feed }) {
  const t = useTranslations("support.subscribe");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failureOf = useQueryFailure();
  const [language, setLanguage] = useState<Locale>(useLocale());
  const renew = { onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.support.feed.pathKey() }) };
  const create = useMutation(trpc.support.feed.create.mutationOptions(renew));
  const revoke = useMutation(
    trpc.support.feed.revoke.mutationOptions({
      ...renew,
      onSuccess: () => {
        create.reset();
        toast.success(t("revoked"));
      },
    }),
  );
  const error = create.error ?? revoke.error;
  const choose = (value: string) => setLanguage(LOCALES.find((candidate) => candidate === value) ?? language);
  return (
    <div className="flex flex-col gap-4">
      <FeedState feed={feed} />
      {create.data ? (
        <div className="flex flex-col gap-2">
          <p className="text-table">{t("made")}</p>
          <CodeBlock code={create.data.url} copyLabel={t("copy")} />
        </div>
      ) : null}
      <Field label={t("language")} help={feed ? t("againHelp") : undefined}>
        <Select
          value={language}
          onValueChange={choose}
          options={LOCALES.map((value) => ({ value, label: t(`languages.${value}`) }))}
        />
      </Field>
      {error ? (
        <p role="alert" className="text-critical text-table">
          {failureOf(error).text}
        </p>
      ) : null}
      <div className="flex flex-wrap justify-end gap-2">
        {feed ? (
          <Button isBusy={revoke.isPending} onClick={() => revoke.mutate()}>
            {t("revoke")}
          </Button>
        ) : null}
        <Button variant="primary" isBusy={create.isPending} onClick={() => create.mutate({ language })}>
          {feed ? t("again") : t("make")}
        </Button>
      </div>
    </div>
  );
}

function FeedDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations("support.subscribe");
  const trpc = useTRPC();
  const may = useMay();
  const query = useQuery(trpc.support.feed.get.queryOptions(undefined, { enabled: may("support:subscribe") }));
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => (isOpen ? undefined : onClose())}
      title={t("title")}
      description={t("description")}
      widthPx={560}
      footer={
        <Button asChild>
          <a href="/api/support.ics" download>
            <Download aria-hidden />
            {t("download")}
          </a>
        </Button>
      }
    >
      {may("support:subscribe") ? (
        <QueryView query={query} skeleton={<Skeleton className="h-40" />}>
          {(feed) => <FeedForm feed={feed} />}
        </QueryView>
      ) : null}
    </Dialog>
  );
}

/** The way to the ends of support in one's own calendar: an address to subscribe to, or a file. */
export function FeedButton() {
  const t = useTranslations("support.subscribe");
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setIsOpen(true)}>
        <CalendarPlus aria-hidden />
        {t("open")}
      </Button>
      {isOpen ? <FeedDialog onClose={() => setIsOpen(false)} /> : null}
    </>
  );
}
