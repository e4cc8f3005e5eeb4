"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useLocale, useTranslations } from "next-intl";
import { useId, useMemo } from "react";
import { useForm } from "react-hook-form";
import { toast } from "sonner";
import { useQueryFailure } from "@/components/shell/query-error";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { FormProblem } from "@/components/ui/form-problem";
import { Input } from "@/components/ui/input";
import { Textarea } from "@/components/ui/textarea";
import type { Outputs } from "@/server/root";
import { readSiteField, SITE_FIELDS, type SiteField, type SiteTexts, siteTexts } from "@/server/sites/model";
import { siteHref } from "./site-href";
import { useExpectedText } from "./use-expected-text";

const GROUPS = {
  place: ["region", "country", "address", "latitude", "longitude", "timeZone"],
  people: ["contact", "owner", "deputy", "runbookUrl"],
  power: ["gridZone", "tariff", "pue", "powerFeed", "carrier"],
} as const satisfies Record<string, readonly SiteField[]>;
const LONG: readonly SiteField[] = ["address", "contact", "runbookUrl"];
const DECIMALS: readonly SiteField[] = ["latitude", "longitude", "pue"];

/** Two letters that no country has are left out by the names that the browser has for the others. */
function listCountries(locale: string): { code: string; name: string }[] {
  const names = new Intl.DisplayNames(locale, { type: "region", fallback: "none" });
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  return letters
    .flatMap((first) => letters.map((second) => first + second))
    .flatMap((code) => {
      const name = names.of(code);
      return name && !("expected" in readSiteField("country", code)) ? [{ code, name }] : [];
    });
}

/** Every entry with its rule beside it; what is wrong is said where it is, before anything is sent. */
export function SiteForm({ site, onDone }: { site: Outputs["sites"]["get"] | null; onDone: () => void }) {
  const t = useTranslations("sites");
  const locale = useLocale();
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const failureOf = useQueryFailure();
  const expectedText = useExpectedText();
  const listId = useId();
  const [zones, countries] = useMemo(() => [Intl.supportedValuesOf("timeZone"), listCountries(locale)], [locale]);
  const before = useMemo<SiteTexts>(() => {
    const empty = Object.fromEntries(SITE_FIELDS.map((field) => [field, ""])) as SiteTexts;
    return site ? siteTexts(site, locale === "de" ? "," : ".") : empty;
  }, [site, locale]);
  const { register, handleSubmit, formState, getValues } = useForm<SiteTexts>({ defaultValues: before });
  const settled = (name: string, key: "made" | "saved") => {
    toast.success(t(`form.${key}`, { name }));
    void queryClient.invalidateQueries({ queryKey: trpc.sites.pathKey() });
    void queryClient.invalidateQueries({ queryKey: trpc.fleet.pathKey() });
    onDone();
  };
  const create = useMutation(
    trpc.sites.create.mutationOptions({
      onSuccess: ({ id }, { name = "" }) => {
        settled(name, "made");
        router.push(siteHref(id));
      },
    }),
  );
  const update = useMutation(
    trpc.sites.update.mutationOptions({
      onSuccess: (_, { entries }) => settled(entries.name ?? site?.name ?? "", "saved"),
    }),
  );
  const submit = handleSubmit((texts) => {
    if (!site) return create.mutate(texts);
    // Only what was changed here: what somebody else changed meanwhile stays.
    const changed = SITE_FIELDS.filter((field) => texts[field] !== before[field]);
    update.mutate({
      siteId: site.id,
      entries: Object.fromEntries(changed.map((field) => [field, texts[field]])),
    });
  });
  const validate = (field: SiteField) => (text: string) => {
    const read = readSiteField(field, text);
    if ("expected" in read) return expectedText(read.expected);
    if (field !== "latitude" && field !== "longitude") return true;
    const other = getValues(field === "latitude" ? "longitude" : "latitude");
    return text.trim() === "" && other.trim() !== "" ? expectedText({ kind: "pair" }) : true;
  };
  const control = (field: SiteField) => {
    const help = t.has(`help.${field}` as "help.pue") ? t(`help.${field}` as "help.pue") : undefined;
    const list = field === "timeZone" ? `${listId}-zones` : field === "country" ? `${listId}-countries` : undefined;
    const registered = register(field, { validate: validate(field) });
    return (
      <Field
        key={field}
        label={t(`fields.${field}`)}
        help={help}
        error={formState.errors[field]?.message}
        className={LONG.includes(field) ? "sm:col-span-2" : undefined}
      >
        {field === "address" ? (
          <Textarea rows={2} {...registered} />
        ) : (
          <Input list={list} inputMode={DECIMALS.includes(field) ? "decimal" : undefined} {...registered} />
        )}
      </Field>
    );
  };
  const failure = create.error ?? update.error;
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-6">
      <datalist id={`${listId}-zones`}>
        {zones.map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
      <datalist id={`${listId}-countries`}>
        {countries.map(({ code, name }) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </datalist>
      {control("name")}
      {(["place", "people", "power"] as const).map((group) => (
        <fieldset key={group} className="flex flex-col gap-3">
          <legend className="mb-3 font-semibold text-heading">{t(`form.${group}`)}</legend>
          <div className="grid gap-4 sm:grid-cols-2">{GROUPS[group].map(control)}</div>
        </fieldset>
      ))}
      {control("labels")}
      <FormProblem text={failure ? failureOf(failure).text : null} />
      <Button
        type="submit"
        variant="primary"
        isBusy={create.isPending || update.isPending}
        className="self-start max-sm:h-11 max-sm:w-full"
      >
        {site ? t("form.save") : t("form.create")}
      </Button>
    </form>
  );
}
