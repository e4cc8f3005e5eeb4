"use client";

import { useTranslations } from "next-intl";
import { useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { FormProblem } from "@/components/ui/form-problem";
import { Input } from "@/components/ui/input";
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from "@/server/access/model";
import type { Invitation, NewAccount } from "./use-invitation";

export type InvitationFormProps = {
  invitation: Invitation;
  /** Why the last try did not work. */
  problem: string | null;
  onAccept: (account: NewAccount | null) => Promise<void>;
};

/** Accepts an invitation; who has no account yet chooses name and password here. */
export function InvitationForm({ invitation, problem, onAccept }: InvitationFormProps) {
  const t = useTranslations("access.invitation");
  const errors = useTranslations("errors");
  const { register, handleSubmit, formState } = useForm<NewAccount>({ defaultValues: { name: "", password: "" } });
  const lengthText = errors("password_length", { min: PASSWORD_LENGTH_MIN, max: PASSWORD_LENGTH_MAX });
  const submit = handleSubmit(({ name, password }) =>
    onAccept(invitation.hasAccount ? null : { name: name.trim(), password }),
  );
  return (
    <form noValidate onSubmit={submit} className="mt-7 flex flex-col gap-4">
      {invitation.hasAccount ? (
        <p className="text-table">{t("existing")}</p>
      ) : (
        <>
          <input type="text" name="username" autoComplete="username" value={invitation.email} readOnly hidden />
          <Field label={t("name")} error={formState.errors.name?.message}>
            <Input
              autoComplete="name"
              autoFocus
              maxLength={200}
              {...register("name", { validate: (text) => text.trim() !== "" || t("nameMissing") })}
            />
          </Field>
          <Field
            label={t("password")}
            help={t("passwordHelp", { min: PASSWORD_LENGTH_MIN })}
            error={formState.errors.password ? lengthText : undefined}
          >
            <Input
              type="password"
              autoComplete="new-password"
              {...register("password", {
                required: true,
                minLength: PASSWORD_LENGTH_MIN,
                maxLength: PASSWORD_LENGTH_MAX,
              })}
            />
          </Field>
        </>
      )}
      <FormProblem text={problem} />
      <Button type="submit" variant="primary" size="large" isBusy={formState.isSubmitting}>
        {t("accept")}
      </Button>
    </form>
  );
}
