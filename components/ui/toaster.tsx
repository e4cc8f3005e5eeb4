"use client";

import { useTranslations } from "next-intl";
import { useTheme } from "next-themes";
import { Toaster as Sonner } from "sonner";

/** The place where short notices appear; features call `toast` of sonner. */
export function Toaster() {
  const t = useTranslations("ui.toast");
  const { resolvedTheme } = useTheme();
  return (
    <Sonner
      theme={resolvedTheme === "dark" ? "dark" : "light"}
      position="bottom-right"
      containerAriaLabel={t("region")}
      mobileOffset={{ bottom: 72 }}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            "flex w-full font-sans items-start gap-2 rounded-lg bg-raised px-4 py-3 text-ink text-table shadow-float md:w-[356px]",
          title: "font-medium",
          description: "text-ink-muted",
          error: "text-critical",
          icon: "mt-0.5 shrink-0",
          actionButton: "ml-auto font-medium text-accent-text",
        },
      }}
    />
  );
}
