"use client";

import { Search } from "lucide-react";
import { useTranslations } from "next-intl";
import { useSearchState } from "./search-provider";

/** The way into the search for who does not know the keys: in the top bar on a desk, in the bottom bar on a phone. */
export function SearchButton({ place }: { place: "top" | "bottom" }) {
  const t = useTranslations("search");
  const { isOpen, setOpen } = useSearchState();
  const common = {
    type: "button",
    "aria-haspopup": "dialog",
    "aria-expanded": isOpen,
    onClick: () => setOpen(true),
  } as const;
  if (place === "bottom") {
    return (
      <button
        {...common}
        className="flex h-14 min-w-0 flex-1 flex-col items-center justify-center gap-0.5 text-ink-muted text-micro focus-visible:-outline-offset-2 [&_svg]:size-5"
      >
        <Search aria-hidden />
        {t("open")}
      </button>
    );
  }
  return (
    <button
      {...common}
      aria-keyshortcuts="Control+K Meta+K /"
      className="inline-flex h-8 items-center gap-2 rounded-md border border-line bg-sunken pr-1.5 pl-2.5 text-ink-muted text-table transition-colors hover:border-line-strong hover:text-ink max-md:hidden lg:w-56 [&_svg]:size-4"
    >
      <Search aria-hidden />
      <span className="flex-1 text-left max-lg:sr-only">{t("open")}</span>
      <kbd aria-hidden className="rounded-sm border border-line bg-surface px-1 font-sans text-ink-faint text-micro">
        {t("keys")}
      </kbd>
    </button>
  );
}
