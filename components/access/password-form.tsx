"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { TRPCClientError } from "@trpc/client";
import { useTranslations } from "next-intl";
import { useForm } from "react-hook-form";
import { toast } from "sonner";
import { useQueryFailure } from "@/components/shell/query-error";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { StateMark } from "@/components/ui/state-mark";
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from "@/server/access/model";

type Values = { current: string; next: string };

/** Changes one's own password. The e-mail is there for password managers, which need to know whose it is. */
export function PasswordForm({ email }: { email: string }) {
  const t = useTranslations("access.password");
  const errors = useTranslations("errors");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failureOf = useQueryFailure();
  const { register, handleSubmit, reset, formState } = useForm<Values>({ defaultValues: { current: "", next: "" } });
  const update = useMutation(
    trpc.access.account.updatePassword.mutationOptions({
      onSuccess: () => {
        toast.success(t("saved"));
        reset();
      },
      // The other sessions have ended, which the list beside shows.
      onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.access.pathKey() }),
    }),
  );
  const failure = update.error ? failureOf(update.error).text : null;
  const isWrong = update.error instanceof TRPCClientError && update.error.data?.reason === "password_wrong";
  const lengthText = errors("password_length", { min: PASSWORD_LENGTH_MIN, max: PASSWORD_LENGTH_MAX });
  return (
    <section>
      <h2 className="mb-2 font-semibold text-heading">{t("title")}</h2>
      <form
        noValidate
        className="flex max-w-[420px] flex-col gap-4"
        onSubmit={handleSubmit((values) => update.mutate(values))}
      >
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <Field label={t("current")} error={formState.errors.current?.message ?? (isWrong ? failure : null)}>
          <Input
            type="password"
            autoComplete="current-password"
            {...register("current", { required: t("currentMissing") })}
          />
        </Field>
        <Field
          label={t("next")}
          help={t("help", { min: PASSWORD_LENGTH_MIN })}
          error={formState.errors.next ? lengthText : undefined}
        >
          <Input
            type="password"
            autoComplete="new-password"
            {...register("next", { minLength: PASSWORD_LENGTH_MIN, maxLength: PASSWORD_LENGTH_MAX, required: true })}
          />
        </Field>
        <div role="alert" className="text-table empty:hidden">
          {failure && !isWrong ? (
            <span className="flex items-baseline gap-2">
              <StateMark state="critical" isWordHidden />
              {failure}
            </span>
          ) : null}
        </div>
        <Button type="submit" isBusy={update.isPending} className="self-start max-sm:w-full">
          {t("save")}
        </Button>
      </form>
    </section>
  );
}
