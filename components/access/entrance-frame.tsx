"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { BrandMark } from "@/components/shell/brand-mark";
import { LanguageSwitch } from "@/components/shell/language-switch";
import { ThemeSwitch } from "@/components/shell/theme-switch";
import { StateMark } from "@/components/ui/state-mark";

/** Around the pages before the console, sign-in and invitation: the brand, what it promises, language and theme. */
export function EntranceFrame({ children }: { children: ReactNode }) {
  const t = useTranslations("access.signIn");
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
        <div className="mx-auto flex w-full max-w-[360px] flex-1 flex-col justify-center py-10">{children}</div>
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
