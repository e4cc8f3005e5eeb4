"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useLocale, useTranslations } from "next-intl";
import { useForm } from "react-hook-form";
import { toast } from "sonner";
import { useQueryFailure } from "@/components/shell/query-error";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { FormProblem } from "@/components/ui/form-problem";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { LINK_PROFILES, type LinkProfileChoice } from "@/contract/link-profiles";
import type { Outputs } from "@/server/root";

type Settings = Outputs["telemetry"]["links"]["get"]["settings"];
type Values = { profile: LinkProfileChoice; megabytes: string; kilobits: string };

const BYTES_PER_MEGABYTE = 1_000_000;
const BITS_PER_KILOBIT = 1000;

/** A whole number of units as the reader typed it: with a comma or a point; null = not limited; NaN = no number. */
export function parseLimit(text: string, factor: number): number | null {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  if (!/^\d{1,12}([.,]\d{1,6})?$/.test(trimmed)) return Number.NaN;
  const value = Math.round(Number(trimmed.replace(",", ".")) * factor);
  return value > 0 ? value : Number.NaN;
}

/** As `parseLimit` reads it again: without groups of thousands, which are a point in some languages. */
function textOf(value: number | null, factor: number, locale: string): string {
  const format = new Intl.NumberFormat(locale, { useGrouping: false, maximumFractionDigits: 6 });
  return value === null ? "" : format.format(value / factor);
}

/** What the link of one site may carry: the profile and the limits that its agents keep to. */
export function LinkSettingsForm({ siteId, name, settings }: { siteId: string; name: string; settings: Settings }) {
  const t = useTranslations("telemetry.link");
  const locale = useLocale();
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failureOf = useQueryFailure();
  const update = useMutation(
    trpc.telemetry.links.update.mutationOptions({
      onSuccess: () => {
        toast.success(t("form.saved", { name }));
        void queryClient.invalidateQueries({ queryKey: trpc.telemetry.links.pathKey() });
      },
    }),
  );
  const { register, handleSubmit, watch, setValue, formState } = useForm<Values>({
    defaultValues: {
      profile: settings.profile ?? "auto",
      megabytes: textOf(settings.bytesPerDay, BYTES_PER_MEGABYTE, locale),
      kilobits: textOf(settings.bitsPerSecond, BITS_PER_KILOBIT, locale),
    },
  });
  const validate = (text: string) => !Number.isNaN(parseLimit(text, BITS_PER_KILOBIT)) || t("form.numberError");
  const submit = handleSubmit((input) => {
    update.mutate({
      siteId,
      ...settings,
      profile: input.profile,
      bytesPerDay: parseLimit(input.megabytes, BYTES_PER_MEGABYTE),
      bitsPerSecond: parseLimit(input.kilobits, BITS_PER_KILOBIT),
    });
  });
  const { errors } = formState;
  return (
    <section>
      <h2 className="font-semibold text-heading">{t("settings")}</h2>
      <p className="text-caption text-ink-faint">{t("settingsHelp")}</p>
      <form onSubmit={submit} noValidate className="mt-3 flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-3">
          <Field label={t("form.profile")}>
            <Select
              value={watch("profile")}
              onValueChange={(profile) => setValue("profile", profile)}
              options={[
                { value: "auto", label: t("profileNames.auto"), description: t("form.auto") },
                ...LINK_PROFILES.map((profile) => ({
                  value: profile,
                  label: t(`profileNames.${profile}`),
                  description: t(`profileWords.${profile}`),
                })),
              ]}
            />
          </Field>
          <Field label={t("form.megabytes")} help={t("form.megabytesHelp")} error={errors.megabytes?.message}>
            <Input inputMode="decimal" placeholder={t("form.unlimited")} {...register("megabytes", { validate })} />
          </Field>
          <Field label={t("form.kilobits")} error={errors.kilobits?.message}>
            <Input inputMode="decimal" placeholder={t("form.unlimited")} {...register("kilobits", { validate })} />
          </Field>
        </div>
        <FormProblem text={update.error ? failureOf(update.error).text : null} />
        <Button type="submit" variant="primary" isBusy={update.isPending} className="self-start max-sm:w-full">
          {t("form.save")}
        </Button>
      </form>
    </section>
  );
}
