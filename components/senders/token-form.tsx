"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useForm } from "react-hook-form";
import { useQueryFailure } from "@/components/shell/query-error";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { FormProblem } from "@/components/ui/form-problem";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import type { Outputs } from "@/server/root";
import type { MadeToken } from "./token-snippets";

const BY_LABEL = "label";
const NEVER = "never";
const DAYS = [NEVER, "30", "365", "1095"] as const;

type Site = Pick<Outputs["fleet"]["sites"]["list"][number], "id" | "name">;
type Values = { name: string; siteId: string; siteLabel: string; days: string };

/** What the token is called, which site its samples are of, and how long it works. */
export function TokenForm({ sites, onMade }: { sites: readonly Site[]; onMade: (made: MadeToken) => void }) {
  const t = useTranslations("senders.form");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failureOf = useQueryFailure();
  const create = useMutation(
    trpc.senders.create.mutationOptions({
      onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.senders.pathKey() }),
    }),
  );
  const { register, handleSubmit, watch, setValue, formState } = useForm<Values>({
    defaultValues: { name: "", siteId: sites[0]?.id ?? BY_LABEL, siteLabel: "site", days: NEVER },
  });
  const values = watch();
  const isByLabel = values.siteId === BY_LABEL;
  const submit = handleSubmit(async (input) => {
    try {
      const token = await create.mutateAsync({
        name: input.name.trim(),
        bound: isByLabel ? { siteLabel: input.siteLabel.trim() } : { siteId: input.siteId },
        daysToLive: input.days === NEVER ? null : Number(input.days),
      });
      onMade({ ...token, siteLabel: isByLabel ? input.siteLabel.trim() : null });
    } catch {
      // The mutation keeps its error, which is shown above the button.
    }
  });
  const { errors } = formState;
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <Field label={t("name")} help={t("nameHelp")} error={errors.name?.message}>
        <Input maxLength={200} {...register("name", { validate: (text) => text.trim() !== "" || t("nameError") })} />
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t("site")} help={isByLabel ? t("byLabelHelp") : undefined}>
          <Select
            value={values.siteId}
            onValueChange={(value) => setValue("siteId", value)}
            options={[
              ...sites.map((site) => ({ value: site.id, label: site.name })),
              { value: BY_LABEL, label: t("byLabel") },
            ]}
          />
        </Field>
        {isByLabel ? (
          <Field label={t("label")} error={errors.siteLabel?.message}>
            <Input
              maxLength={200}
              {...register("siteLabel", { validate: (text) => !isByLabel || text.trim() !== "" || t("labelError") })}
            />
          </Field>
        ) : null}
        <Field label={t("life")}>
          <Select
            value={values.days}
            onValueChange={(value) => setValue("days", value)}
            options={DAYS.map((days) => ({
              value: days,
              label: days === NEVER ? t("untilRevoked") : t("days", { count: Number(days) }),
            }))}
          />
        </Field>
      </div>
      <FormProblem text={create.error ? failureOf(create.error).text : null} />
      <div className="flex justify-end">
        <Button type="submit" variant="primary" size="large" isBusy={formState.isSubmitting} className="max-sm:w-full">
          {t("create")}
        </Button>
      </div>
    </form>
  );
}
