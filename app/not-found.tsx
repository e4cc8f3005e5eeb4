import Link from "next/link";
import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";

export default function NotFound() {
  const t = useTranslations("shell.screen");
  return (
    <main className="mx-auto flex min-h-[60dvh] max-w-[560px] flex-col items-start justify-center gap-3 px-6">
      <p className="font-mono text-caption text-ink-faint">404</p>
      <h1 className="font-semibold text-title">{t("notFound")}</h1>
      <p className="text-ink-muted text-table">{t("notFoundHelp")}</p>
      <Button asChild variant="primary" className="mt-2">
        <Link href="/">{t("toStart")}</Link>
      </Button>
    </main>
  );
}
