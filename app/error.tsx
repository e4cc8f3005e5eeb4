"use client";

import { useTranslations } from "next-intl";
import { ErrorState } from "@/components/shell/error-state";

export default function ErrorPage({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const t = useTranslations("shell.screen");
  return (
    <main className="mx-auto flex min-h-[60dvh] max-w-[640px] flex-col justify-center px-6">
      <ErrorState title={t("error")} help={t("errorHelp")} requestId={error.digest} onRetry={reset} />
    </main>
  );
}
