"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { type MarkState, StateMark } from "@/components/ui/state-mark";
import { EntranceFrame } from "./entrance-frame";
import { InvitationForm } from "./invitation-form";
import { type InvitationState, useInvitation } from "./use-invitation";

function Said({ state, title, children }: { state?: MarkState; title: string; children: ReactNode }) {
  return (
    <div role="status">
      <h1 className="font-semibold text-title">
        {state ? <StateMark state={state} isWordHidden className="mr-2" /> : null}
        {title}
      </h1>
      <p className="mt-1 text-ink-muted text-table">{children}</p>
    </div>
  );
}

/** What an invitation link opens: join, and with a new account choose name and password. */
export function InvitationPage() {
  const { state, look, accept } = useInvitation();
  return (
    <EntranceFrame>
      <InvitationView state={state} onRetry={look} onAccept={accept} />
    </EntranceFrame>
  );
}

type InvitationViewProps = {
  state: InvitationState;
  onRetry: () => void;
  onAccept: ReturnType<typeof useInvitation>["accept"];
};

function InvitationView({ state, onRetry, onAccept }: InvitationViewProps) {
  const t = useTranslations("access.invitation");
  const roles = useTranslations("access.roles");
  const errors = useTranslations("errors");
  switch (state.kind) {
    case "loading":
      return <Said title={t("title")}>{t("loading")}</Said>;
    case "ended":
      return <Said title={t("ended")}>{t("endedHelp")}</Said>;
    case "unreachable":
      return (
        <>
          <Said state="critical" title={t("unreachable")}>
            {errors("unreachable")}
          </Said>
          <Button size="large" className="mt-6" onClick={onRetry}>
            {t("retry")}
          </Button>
        </>
      );
    case "accepted": {
      const { email, organisation } = state.invitation;
      return (
        <>
          <Said state="good" title={t("accepted")}>
            {t("acceptedHelp", { organisation, email })}
          </Said>
          <Button variant="primary" size="large" asChild className="mt-6">
            <Link href={{ pathname: "/sign-in", query: { email } }}>{t("signIn")}</Link>
          </Button>
        </>
      );
    }
    case "open": {
      const { email, organisation, role } = state.invitation;
      return (
        <>
          <h1 className="font-semibold text-title">{t("heading", { organisation })}</h1>
          <p className="mt-1 break-words text-ink-muted text-table">{t("help", { role: roles(role), email })}</p>
          <InvitationForm key={email} invitation={state.invitation} problem={state.problem} onAccept={onAccept} />
        </>
      );
    }
  }
}
