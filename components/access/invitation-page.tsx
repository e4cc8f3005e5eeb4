"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { type FormEvent, type ReactNode, useEffect, useState } from "react";
import { z } from "zod";
import { BrandMark } from "@/components/shell/brand-mark";
import { LanguageSwitch } from "@/components/shell/language-switch";
import { ThemeSwitch } from "@/components/shell/theme-switch";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { StateMark } from "@/components/ui/state-mark";
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, ROLES } from "@/server/access/model";

const Invitation = z.object({
  email: z.string(),
  role: z.enum(ROLES),
  organisation: z.string(),
  hasAccount: z.boolean(),
});
type Invitation = z.infer<typeof Invitation>;
type State =
  | { kind: "loading" }
  | { kind: "ended" }
  | { kind: "open"; invitation: Invitation }
  | { kind: "accepted"; email: string };

/** The token stands behind the #, so it never was in a log; here it goes into the body of a request. */
function send(accept?: { account: { name: string; password: string } | null }): Promise<Response> {
  return fetch("/api/invitation", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token: window.location.hash.slice(1), accept }),
  });
}

function Frame({ children }: { children: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh max-w-[420px] flex-col px-6 py-6">
      <div className="flex items-center justify-between">
        <span className="flex items-center gap-2.5 font-semibold text-heading">
          <BrandMark className="size-7" />
          Fernblick
        </span>
        <span className="flex gap-1">
          <ThemeSwitch />
          <LanguageSwitch />
        </span>
      </div>
      <div className="flex flex-1 flex-col justify-center py-10">{children}</div>
    </main>
  );
}

/** What an invitation link opens: join, and with a new account choose name and password. */
export function InvitationPage() {
  const t = useTranslations("access");
  const errors = useTranslations("errors");
  const [state, setState] = useState<State>({ kind: "loading" });
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  useEffect(() => {
    send()
      .then(async (answer) => Invitation.safeParse(answer.ok ? await answer.json() : null))
      .then(({ data }) => setState(data ? { kind: "open", invitation: data } : { kind: "ended" }))
      .catch(() => setState({ kind: "ended" }));
  }, []);

  const accept = async (event: FormEvent<HTMLFormElement>, invitation: Invitation) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const account = invitation.hasAccount
      ? null
      : { name: String(form.get("name")).trim(), password: String(form.get("password")) };
    if (account && (account.password.length < PASSWORD_LENGTH_MIN || account.password.length > PASSWORD_LENGTH_MAX)) {
      return setProblem(errors("password_length", { min: PASSWORD_LENGTH_MIN, max: PASSWORD_LENGTH_MAX }));
    }
    setIsBusy(true);
    setProblem(null);
    try {
      const answer = await send({ account });
      if (answer.ok) setState({ kind: "accepted", email: invitation.email });
      else if (answer.status === 404) setState({ kind: "ended" });
      else setProblem(errors("account_needed"));
    } catch {
      setProblem(errors("unreachable"));
    } finally {
      setIsBusy(false);
    }
  };

  if (state.kind === "loading") {
    return (
      <Frame>
        <h1 className="font-semibold text-title">{t("invitation.title")}</h1>
        <p role="status" className="mt-1 text-ink-muted text-table">
          {t("invitation.loading")}
        </p>
      </Frame>
    );
  }
  if (state.kind === "ended") {
    return (
      <Frame>
        <h1 className="font-semibold text-title">{t("invitation.ended")}</h1>
        <p className="mt-1 text-ink-muted text-table">{t("invitation.endedHelp")}</p>
      </Frame>
    );
  }
  if (state.kind === "accepted") {
    return (
      <Frame>
        <h1 className="font-semibold text-title">
          <StateMark state="good" isWordHidden className="mr-2" />
          {t("invitation.accepted")}
        </h1>
        <Button variant="primary" size="large" asChild className="mt-6">
          <Link href={{ pathname: "/sign-in", query: { email: state.email } }}>{t("invitation.signIn")}</Link>
        </Button>
      </Frame>
    );
  }
  const { invitation } = state;
  return (
    <Frame>
      <h1 className="font-semibold text-title">{t("invitation.heading", { organisation: invitation.organisation })}</h1>
      <p className="mt-1 text-ink-muted text-table">
        {t("invitation.help", { role: t(`roles.${invitation.role}`), email: invitation.email })}
      </p>
      <form className="mt-7 flex flex-col gap-4" onSubmit={(event) => void accept(event, invitation)}>
        {invitation.hasAccount ? (
          <p className="text-table">{t("invitation.existing")}</p>
        ) : (
          <>
            <Field label={t("invitation.name")}>
              <Input name="name" autoComplete="name" required maxLength={200} />
            </Field>
            <Field
              label={t("invitation.password")}
              help={t("invitation.passwordHelp", { min: PASSWORD_LENGTH_MIN })}
              error={problem ?? undefined}
            >
              <Input name="password" type="password" autoComplete="new-password" required />
            </Field>
          </>
        )}
        <Button type="submit" variant="primary" size="large" isBusy={isBusy}>
          {t("invitation.accept")}
        </Button>
      </form>
    </Frame>
  );
}
