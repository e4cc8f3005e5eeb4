"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTheme } from "next-themes";
import { DropdownMenu, MenuChoice } from "@/components/ui/dropdown-menu";
import { IconButton } from "@/components/ui/icon-button";

/** Light, dark, or as the system. */
export function ThemeSwitch() {
  const t = useTranslations("shell.theme");
  const { theme, setTheme } = useTheme();
  const icon = (
    <>
      <Sun aria-hidden className="dark:hidden" />
      <Moon aria-hidden className="hidden dark:block" />
    </>
  );
  return (
    <DropdownMenu trigger={<IconButton label={t("label")} icon={icon} />}>
      <MenuChoice
        value={theme ?? "system"}
        onValueChange={setTheme}
        options={[
          { value: "system", label: t("system"), icon: <Monitor aria-hidden /> },
          { value: "light", label: t("light"), icon: <Sun aria-hidden /> },
          { value: "dark", label: t("dark"), icon: <Moon aria-hidden /> },
        ]}
      />
    </DropdownMenu>
  );
}
