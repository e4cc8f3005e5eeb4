"use client";

import { useTranslations } from "next-intl";
import { useActionState } from "react";
import { BrandMark } from "@/components/shell/brand-mark";
import { LanguageSwitch } from "@/components/shell/language-switch";
import { ThemeSwitch } from "@/components/shell/theme-switch";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { StateMark } from "@/components/ui/state-mark";

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
    if (result?.reason === "limited") return errors("sign_in_limited", { seconds: result.seconds });
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
    <div className="grid min-h-dvh lg:grid-cols-[minmax(0,1fr)_minmax(0,1.1fr)]">
      <main className="flex flex-col px-6 py-6 sm:px-10">
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
        <div className="mx-auto flex w-full max-w-[360px] flex-1 flex-col justify-center py-10">
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
              <Input
                name="password"
                type="password"
                autoComplete="current-password"
                required
                autoFocus={Boolean(email)}
              />
            </Field>
            <div role="alert" className="text-table empty:hidden">
              {problem ? (
                <span className="flex items-baseline gap-2">
                  <StateMark state="critical" isWordHidden />
                  {problem}
                </span>
              ) : null}
            </div>
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
        </div>
      </main>
      <aside className="flex flex-col justify-end border-line border-l bg-sunken px-14 py-14 max-lg:hidden">
        <Horizon />
        <p className="mt-10 max-w-[22ch] font-semibold text-[32px] text-ink leading-[40px] tracking-[-0.02em]">
          {t("claim")}
        </p>
        <ul className="mt-6 flex flex-col gap-2.5 text-body text-ink-muted">
          {(["unknown", "age", "lost"] as const).map((promise) => (
            <li key={promise} className="flex items-baseline gap-2.5">
              <StateMark state={promise === "unknown" ? "unknown" : "good"} isWordHidden />
              {t(`promises.${promise}`)}
            </li>
          ))}
        </ul>
      </aside>
    </div>
  );
}

/** What Fernblick looks at: the ridge lines of far places, the nearest last. */
function Horizon() {
  return (
    <svg viewBox="0 0 640 300" aria-hidden="true" className="w-full max-w-[640px] text-accent">
      <circle cx="470" cy="84" r="26" fill="currentColor" opacity="0.18" />
      <path d="M0 190 90 132l64 46 86-78 92 84 70-48 98 66 60-30 80 52v76H0Z" fill="currentColor" opacity="0.10" />
      <path d="M0 226 70 186l84 44 110-78 96 74 90-40 84 50 106-34v98H0Z" fill="currentColor" opacity="0.18" />
      <path d="M0 262 120 214l96 40 118-58 104 58 92-30 110 44v32H0Z" fill="currentColor" opacity="0.34" />
      <g fill="currentColor">
        {["120 214", "334 196", "530 224", "264 152", "240 100"].map((place) => {
          const [cx, cy] = place.split(" ");
          return <circle key={place} cx={cx} cy={cy} r="4.5" />;
        })}
      </g>
    </svg>
  );
}
