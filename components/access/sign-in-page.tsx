"use client";

import { useTranslations } from "next-intl";
import { useActionState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { FormProblem } from "@/components/ui/form-problem";
import { Input } from "@/components/ui/input";
import { EntranceFrame } from "./entrance-frame";

type Result = { email: string } & ({ reason: "refused" | "unexpected" } | { reason: "limited"; seconds: number });

export type SignInPageProps = {
  /** Where to go afterwards; checked on the server. */
  next: string | null;
  email: string | null;
  /** Reason word of a sign-in that failed at the identity provider. */
  providerError: string | null;
  /** Name of the identity provider; null when there is none. */
  providerName: string | null;
  onSignIn: (before: Result | null, form: FormData) => Promise<Result>;
  onProvider: (form: FormData) => Promise<void>;
};

function useResultText(): (result: Result | null, providerError: string | null) => string | null {
  const t = useTranslations("access.signIn");
  const errors = useTranslations("errors");
  return (result, providerError) => {
    if (result?.reason === "limited") return t("limited", { minutes: Math.ceil(result.seconds / 60) });
    if (result?.reason === "refused") return errors("sign_in_refused");
    if (result) return t("failed");
    if (providerError === "oidc_unknown" || providerError === "oidc_unverified") return errors(providerError);
    return providerError ? t("failed") : null;
  };
}

/** The way in. Works without JavaScript too: it is a plain form. */
export function SignInPage(props: SignInPageProps) {
  const { next, email, providerError, providerName, onSignIn, onProvider } = props;
  const t = useTranslations("access.signIn");
  const [result, submit, isBusy] = useActionState(onSignIn, null);
  const problem = useResultText()(result, providerError);
  return (
    <EntranceFrame>
      <h1 className="font-semibold text-title">{t("title")}</h1>
      <p className="mt-1 text-ink-muted text-table">{t("help")}</p>
      <form action={submit} className="mt-7 flex flex-col gap-4">
        <input type="hidden" name="next" value={next ?? ""} />
        <Field label={t("email")}>
          <Input
            name="email"
            type="email"
            autoComplete="username"
            required
            defaultValue={result?.email ?? email ?? ""}
            autoFocus={!email}
          />
        </Field>
        <Field label={t("password")}>
          <Input name="password" type="password" autoComplete="current-password" required autoFocus={Boolean(email)} />
        </Field>
        <FormProblem text={problem} />
        <Button type="submit" variant="primary" size="large" isBusy={isBusy}>
          {t("submit")}
        </Button>
      </form>
      {providerName ? (
        <form action={onProvider} className="mt-4 flex flex-col gap-4">
          <input type="hidden" name="next" value={next ?? ""} />
          <span className="flex items-center gap-3 text-caption text-ink-faint before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
            {t("or")}
          </span>
          <Button type="submit" size="large">
            {t("provider", { name: providerName })}
          </Button>
        </form>
      ) : null}
    </EntranceFrame>
  );
}
