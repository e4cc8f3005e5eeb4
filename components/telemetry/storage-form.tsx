"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useFormatter, useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { toast } from "sonner";
import { useClock } from "@/components/shell/clock";
import { useQueryFailure } from "@/components/shell/query-error";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Field } from "@/components/ui/field";
import { FormProblem } from "@/components/ui/form-problem";
import { Input } from "@/components/ui/input";
import { LABEL_KEY_PATTERN } from "@/contract/selector";
import { quantityText } from "@/contract/units";
import type { Inputs, Outputs } from "@/server/root";
import { costPerDay, HISTORY_KINDS, parseDays, parseLabelNames } from "./storage-kinds";

type Storage = Outputs["telemetry"]["storage"]["get"];
type Settings = Inputs["telemetry"]["storage"]["update"];
type Values = { rawDays: string; fiveMinuteDays: string; hourDays: string; labels: string };

const DAY_MS = 86_400_000;
const LABELS_MAX = 8;

/** How long each kind of history is kept. What a shorter time deletes is said before it is saved. */
export function StorageForm({ storage: { settings, limits, cost } }: { storage: Storage }) {
  const t = useTranslations("telemetry.storage");
  const locale = useLocale();
  const format = useFormatter();
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failureOf = useQueryFailure();
  const today = useClock((nowMs) => Math.floor(nowMs / DAY_MS));
  const [asked, setAsked] = useState<Settings | null>(null);
  const update = useMutation(
    trpc.telemetry.storage.update.mutationOptions({
      onSuccess: () => {
        toast.success(t("form.saved"));
        setAsked(null);
        void queryClient.invalidateQueries({ queryKey: trpc.telemetry.storage.pathKey() });
      },
    }),
  );
  const { register, handleSubmit, watch, formState } = useForm<Values>({
    defaultValues: {
      rawDays: String(settings.rawDays),
      fiveMinuteDays: String(settings.fiveMinuteDays),
      hourDays: String(settings.hourDays),
      labels: settings.groupedLabels.join(", "),
    },
  });
  const values = watch();
  const { errors } = formState;
  const submit = handleSubmit((input) => {
    const next: Settings = {
      rawDays: parseDays(input.rawDays, limits.rawDays) ?? settings.rawDays,
      fiveMinuteDays: parseDays(input.fiveMinuteDays, limits.fiveMinuteDays) ?? settings.fiveMinuteDays,
      hourDays: parseDays(input.hourDays, limits.hourDays) ?? settings.hourDays,
      groupedLabels: parseLabelNames(input.labels),
    };
    if (HISTORY_KINDS.some(({ setting }) => next[setting] < settings[setting])) setAsked(next);
    else update.mutate(next);
  });
  const shorter = asked ? HISTORY_KINDS.filter(({ setting }) => asked[setting] < settings[setting]) : [];
  const dayText = (daysAgo: number) =>
    format.dateTime(new Date((today - daysAgo) * DAY_MS), { dateStyle: "medium", timeZone: "UTC" });
  const failure = update.error ? failureOf(update.error).text : null;
  return (
    <section>
      <h2 className="font-semibold text-heading">{t("form.title")}</h2>
      <p className="text-caption text-ink-faint">{t("form.help")}</p>
      <form onSubmit={submit} noValidate className="mt-3 flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-3">
          {HISTORY_KINDS.map(({ kind, setting }) => {
            const { min, max } = limits[setting];
            const days = parseDays(values[setting], limits[setting]);
            const perDay = costPerDay(cost.kinds[kind]);
            const projected =
              days === null || perDay === null
                ? t("form.costUnknown")
                : t("form.cost", { size: quantityText("bytes", perDay * days, locale) });
            return (
              <Field
                key={kind}
                label={t("form.days", { kind: t(`kinds.${kind}`) })}
                help={`${t("form.limits", { min, max })} ${projected}`}
                error={errors[setting]?.message}
              >
                <Input
                  inputMode="numeric"
                  {...register(setting, {
                    validate: (text) => parseDays(text, limits[setting]) !== null || t("form.daysError", { min, max }),
                  })}
                />
              </Field>
            );
          })}
        </div>
        <Field label={t("form.labels")} help={t("form.labelsHelp")} error={errors.labels?.message}>
          <Input
            className="font-mono sm:max-w-96"
            autoCapitalize="none"
            spellCheck={false}
            {...register("labels", {
              validate: (text) => {
                const names = parseLabelNames(text);
                return (
                  (names.length <= LABELS_MAX && names.every((name) => LABEL_KEY_PATTERN.test(name))) ||
                  t("form.labelsError", { max: LABELS_MAX })
                );
              },
            })}
          />
        </Field>
        <FormProblem text={asked ? null : failure} />
        <Button type="submit" variant="primary" isBusy={update.isPending} className="self-start max-sm:w-full">
          {t("form.save")}
        </Button>
      </form>
      {asked ? (
        <ConfirmDialog
          isOpen
          onOpenChange={(isOpen) => !isOpen && setAsked(null)}
          title={t("confirm.title")}
          consequence={
            <ul className="flex list-disc flex-col gap-1 pl-4">
              {shorter.map(({ kind, setting }) => (
                <li key={kind}>{t("confirm.line", { kind: t(`kinds.${kind}`), day: dayText(asked[setting]) })}</li>
              ))}
              <li>{t("confirm.tonight")}</li>
            </ul>
          }
          action={t("confirm.action")}
          isBusy={update.isPending}
          error={failure}
          onConfirm={() => update.mutate(asked)}
        />
      ) : null}
    </section>
  );
}
