"use client";

import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useForm } from "react-hook-form";
import { toast } from "sonner";
import { useQueryFailure } from "@/components/shell/query-error";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from "@/server/access/model";

type Values = { current: string; next: string };

/** Changes one's own password. */
export function PasswordForm() {
  const t = useTranslations("access.password");
  const errors = useTranslations("errors");
  const trpc = useTRPC();
  const failureOf = useQueryFailure();
  const { register, handleSubmit, reset, formState } = useForm<Values>({ defaultValues: { current: "", next: "" } });
  const update = useMutation(
    trpc.access.account.updatePassword.mutationOptions({
      onSuccess: () => {
        toast.success(t("saved"));
        reset();
      },
    }),
  );
  return (
    <section>
      <h2 className="mb-2 font-semibold text-heading">{t("title")}</h2>
      <form
        noValidate
        className="flex max-w-[420px] flex-col gap-4"
        onSubmit={handleSubmit((values) => update.mutate(values))}
      >
        <Field label={t("current")} error={update.error ? failureOf(update.error).text : undefined}>
          <Input type="password" autoComplete="current-password" {...register("current", { required: true })} />
        </Field>
        <Field
          label={t("next")}
          help={t("help", { min: PASSWORD_LENGTH_MIN })}
          error={
            formState.errors.next
              ? errors("password_length", { min: PASSWORD_LENGTH_MIN, max: PASSWORD_LENGTH_MAX })
              : undefined
          }
        >
          <Input
            type="password"
            autoComplete="new-password"
            {...register("next", { minLength: PASSWORD_LENGTH_MIN, maxLength: PASSWORD_LENGTH_MAX, required: true })}
          />
        </Field>
        <Button type="submit" isBusy={update.isPending} className="self-start max-sm:w-full">
          {t("save")}
        </Button>
      </form>
    </section>
  );
}
