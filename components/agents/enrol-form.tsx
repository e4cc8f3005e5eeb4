"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import { useForm } from "react-hook-form";
import { useQueryFailure } from "@/components/shell/query-error";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { FormProblem } from "@/components/ui/form-problem";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";
import { TOKEN_USES_MAX } from "@/contract/token-limits";
import type { Outputs } from "@/server/root";
import type { MadeToken } from "./enrol-commands";
import { EnrolFoot } from "./enrol-foot";
import { parseLabels } from "./parse-labels";

const NEW_SITE = "new";
const HOURS = [1, 24, 7 * 24, 30 * 24] as const;

type Site = Pick<Outputs["fleet"]["sites"]["list"][number], "id" | "name">;

type Values = {
  siteId: string;
  siteName: string;
  siteLabels: string;
  name: string;
  uses: string;
  hours: string;
  labels: string;
  isApprovalRequired: boolean;
};

/** Which site, how many machines, how long: makes the site if it is new, and then the token. */
export function EnrolForm({ sites, onMade }: { sites: readonly Site[]; onMade: (made: MadeToken) => void }) {
  const t = useTranslations("agents.form");
  const format = useFormatter();
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failureOf = useQueryFailure();
  const createSite = useMutation(trpc.fleet.sites.create.mutationOptions());
  const createToken = useMutation(trpc.agents.tokens.create.mutationOptions());
  const { register, handleSubmit, watch, setValue, formState } = useForm<Values>({
    defaultValues: {
      // Of many sites the first by name is nearly always the wrong one.
      siteId: (sites.length === 1 ? sites[0]?.id : undefined) ?? NEW_SITE,
      siteName: "",
      siteLabels: "",
      name: t("nameDefault", { date: format.dateTime(new Date(), { dateStyle: "medium" }) }),
      uses: "1",
      hours: "24",
      labels: "",
      isApprovalRequired: false,
    },
  });
  const values = watch();
  const isNewSite = values.siteId === NEW_SITE;
  const labelsOrError = (text: string) => {
    const parsed = parseLabels(text);
    return "problem" in parsed ? `${t("labelsError")} (${t("problem", { text: parsed.problem })})` : true;
  };

  const submit = handleSubmit(async (input) => {
    const labelsOf = (text: string) => {
      const parsed = parseLabels(text);
      return "labels" in parsed ? parsed.labels : {};
    };
    try {
      const site = isNewSite
        ? await createSite.mutateAsync({ name: input.siteName.trim(), labels: labelsOf(input.siteLabels) })
        : { id: input.siteId };
      // Should the token fail, the site that was just made is chosen and not made twice.
      setValue("siteId", site.id);
      const usesMax = Number(input.uses);
      const token = await createToken.mutateAsync({
        siteId: site.id,
        name: input.name.trim(),
        labels: labelsOf(input.labels),
        usesMax,
        hoursToLive: Number(input.hours),
        isApprovalRequired: input.isApprovalRequired,
      });
      onMade({ ...token, usesMax });
    } catch {
      // Both mutations keep their error, which is shown above the button.
    } finally {
      void queryClient.invalidateQueries({ queryKey: trpc.agents.pathKey() });
      void queryClient.invalidateQueries({ queryKey: trpc.fleet.sites.pathKey() });
    }
  });
  const error = createSite.error ?? createToken.error;
  const { errors } = formState;
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <Field label={t("site")}>
        <Select
          value={values.siteId}
          onValueChange={(value) => setValue("siteId", value)}
          options={[
            { value: NEW_SITE, label: t("newSite") },
            ...sites.map((site) => ({ value: site.id, label: site.name })),
          ]}
        />
      </Field>
      {isNewSite ? (
        <div className="grid gap-4 border-line-strong border-l-2 pl-4 sm:grid-cols-2">
          <Field label={t("siteName")} error={errors.siteName?.message}>
            <Input
              maxLength={200}
              {...register("siteName", { validate: (text) => !isNewSite || text.trim() !== "" || t("siteError") })}
            />
          </Field>
          <Field label={t("siteLabels")} help={t("labelsHelp")} error={errors.siteLabels?.message} isOptional>
            <Input {...register("siteLabels", { validate: labelsOrError })} />
          </Field>
        </div>
      ) : null}
      <div className="grid grid-cols-2 gap-4 sm:grid-cols-[1fr_7rem_9rem]">
        <Field label={t("name")} error={errors.name?.message} className="max-sm:col-span-2">
          <Input maxLength={200} {...register("name", { validate: (text) => text.trim() !== "" || t("nameError") })} />
        </Field>
        <Field label={t("uses")} error={errors.uses?.message}>
          <Input
            inputMode="numeric"
            {...register("uses", {
              validate: (text) =>
                (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= TOKEN_USES_MAX) ||
                t("usesError", { max: TOKEN_USES_MAX }),
            })}
          />
        </Field>
        <Field label={t("ttl")}>
          <Select
            value={values.hours}
            onValueChange={(value) => setValue("hours", value)}
            options={HOURS.map((hours) => ({
              value: String(hours),
              label: hours <= 24 ? t("hours", { count: hours }) : t("days", { count: hours / 24 }),
            }))}
          />
        </Field>
      </div>
      <Field label={t("labels")} help={t("labelsHelp")} error={errors.labels?.message} isOptional>
        <Input {...register("labels", { validate: labelsOrError })} />
      </Field>
      <Switch
        isOn={values.isApprovalRequired}
        onChange={(isOn) => setValue("isApprovalRequired", isOn)}
        label={t("approval")}
        help={t("approvalHelp")}
      />
      <FormProblem text={error ? failureOf(error).text : null} />
      <EnrolFoot>
        <Button type="submit" variant="primary" size="large" isBusy={formState.isSubmitting} className="max-sm:w-full">
          {t("create")}
        </Button>
      </EnrolFoot>
    </form>
  );
}
