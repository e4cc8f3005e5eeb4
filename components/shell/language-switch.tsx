"use client";

import { Languages } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { DropdownMenu, MenuChoice } from "@/components/ui/dropdown-menu";
import { IconButton } from "@/components/ui/icon-button";
import { usePreferences } from "./preferences";

/** Each language under its own name, so that it can be found by who reads no other. */
const LANGUAGES = [
  { value: "de", label: "Deutsch", lang: "de" },
  { value: "en", label: "English", lang: "en" },
] as const;

/** German or English. */
export function LanguageSwitch() {
  const t = useTranslations("shell.language");
  const locale = useLocale();
  const { remember } = usePreferences();
  return (
    <DropdownMenu trigger={<IconButton label={t("label")} icon={<Languages aria-hidden />} />}>
      <MenuChoice value={locale} onValueChange={(value) => remember("locale", value)} options={LANGUAGES} />
    </DropdownMenu>
  );
}
