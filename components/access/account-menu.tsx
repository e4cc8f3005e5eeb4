"use client";

import { ChevronDown, KeyRound, LogOut } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import { DropdownMenu, MenuItem, MenuLabel, MenuSeparator } from "@/components/ui/dropdown-menu";
import type { Outputs } from "@/server/root";

export type AccountMenuProps = {
  account: Outputs["access"]["account"]["get"];
  onSignOut: () => Promise<void>;
};

/** Who is signed in, in which role and for which sites, and the way out. */
export function AccountMenu({ account, onSignOut }: AccountMenuProps) {
  const t = useTranslations("access");
  return (
    <DropdownMenu
      trigger={
        <Button variant="ghost" aria-label={t("menu.label", { name: account.name })}>
          <span className="max-w-40 truncate max-md:hidden">{account.name}</span>
          <span
            aria-hidden
            className="flex size-6 items-center justify-center rounded-full bg-selected text-caption md:hidden"
          >
            {account.name.slice(0, 1)}
          </span>
          <ChevronDown aria-hidden className="max-md:hidden" />
        </Button>
      }
    >
      <MenuLabel>
        <span className="block font-medium text-ink text-table">{account.name}</span>
        <span className="block">{account.email}</span>
        <span className="block">
          {t(`roles.${account.role}`)} · {account.scopeSelector ?? t("reach.all")}
        </span>
      </MenuLabel>
      <MenuSeparator />
      <MenuItem asChild>
        <Link href={{ pathname: "/access", hash: "sessions" }}>
          <KeyRound aria-hidden />
          {t("menu.sessions")}
        </Link>
      </MenuItem>
      <MenuItem onSelect={() => void onSignOut()}>
        <LogOut aria-hidden />
        {t("menu.signOut")}
      </MenuItem>
    </DropdownMenu>
  );
}
