"use client";

import { Search, X } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { Dialog as Radix } from "radix-ui";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { useFocusReturn } from "@/components/ui/use-focus-return";
import { SEARCH_TEXT_MAX } from "@/server/search/model";
import { type Recent, readRecent, rememberRecent } from "./recent";
import type { Entry } from "./search-entry";
import { SearchNotice } from "./search-notice";
import { SearchOption } from "./search-option";
import { useSearchState } from "./search-provider";
import { useAnswer } from "./use-answer";
import { useSections } from "./use-sections";

/** The search over the whole fleet, and everything that can be done from anywhere, by keyboard alone. */
export function SearchPalette() {
  const t = useTranslations("search");
  const { isOpen, setOpen } = useSearchState();
  const focusReturn = useFocusReturn();
  return (
    <Radix.Root open={isOpen} onOpenChange={setOpen}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-appear bg-veil" />
        <Radix.Content
          {...focusReturn}
          aria-describedby={undefined}
          className="fixed inset-x-0 top-0 z-40 flex h-dvh flex-col bg-raised shadow-float focus:outline-none md:inset-x-auto md:top-[10dvh] md:left-1/2 md:h-auto md:max-h-[76dvh] md:w-[44rem] md:max-w-[calc(100vw-2rem)] md:-translate-x-1/2 md:rounded-lg"
        >
          <Radix.Title className="sr-only">{t("title")}</Radix.Title>
          <Palette onClose={() => setOpen(false)} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function Palette({ onClose }: { onClose: () => void }) {
  const t = useTranslations("search");
  const router = useRouter();
  const { owner } = useSearchState();
  const id = useId();
  const [typed, setTyped] = useState("");
  const [recent, setRecent] = useState<Recent[]>([]);
  useEffect(() => setRecent(readRecent(owner)), [owner]);
  const query = useAnswer(typed);
  const sections = useSections(typed, query.question, query.answer, recent);
  const entries = sections.flatMap((section) => section.entries);
  const [activeId, setActiveId] = useState<string | null>(null);
  // The line that was chosen stays so while it is there; else the first, which fits best.
  const at = Math.max(
    0,
    entries.findIndex((entry) => entry.id === activeId),
  );
  const active = entries[at];
  const list = useRef<HTMLDivElement>(null);

  const type = (text: string) => {
    setTyped(text);
    setActiveId(null);
    list.current?.scrollTo({ top: 0 });
  };
  const choose = ({ href, of }: Entry, isNewTab: boolean) => {
    if (of.type === "found") rememberRecent(owner, of.found);
    if (of.type === "recent") rememberRecent(owner, of.recent);
    if (of.type === "command") of.command.run?.();
    if (href && isNewTab) window.open(href, "_blank", "noopener");
    else {
      onClose();
      if (href) router.push(href);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const to = (next: number) => setActiveId(entries[(next + entries.length) % entries.length]?.id ?? null);
    if (event.key === "ArrowDown") to(at + 1);
    else if (event.key === "ArrowUp") to(at - 1);
    else if (event.key === "PageDown") to(Math.min(at + 8, entries.length - 1));
    else if (event.key === "PageUp") to(Math.max(at - 8, 0));
    else if (event.key === "Enter" && active) choose(active, event.ctrlKey || event.metaKey);
    else return;
    event.preventDefault();
  };
  const found = sections.filter(({ id: section }) => section !== "commands").flatMap((section) => section.entries);
  const isSettled = typed.trim() !== "" && !query.isWaiting && query.answer !== undefined && !query.error;
  return (
    <>
      <div className="flex h-14 shrink-0 items-center gap-3 border-line border-b px-4">
        <Search aria-hidden className="size-5 shrink-0 text-ink-faint" />
        <input
          role="combobox"
          aria-label={t("label")}
          aria-expanded={entries.length > 0}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={active ? `${id}-${at}` : undefined}
          aria-describedby={`${id}-help`}
          autoComplete="off"
          autoCorrect="off"
          spellCheck={false}
          enterKeyHint="go"
          maxLength={SEARCH_TEXT_MAX}
          placeholder={t("placeholder")}
          value={typed}
          onChange={(event) => type(event.target.value)}
          onKeyDown={onKeyDown}
          className="h-full min-w-0 flex-1 bg-transparent text-body text-ink placeholder:text-ink-faint focus:outline-none max-md:text-base"
        />
        <Radix.Close
          aria-label={t("close")}
          className="inline-flex size-8 shrink-0 items-center justify-center rounded-md text-ink-muted hover:bg-hover hover:text-ink"
        >
          <X aria-hidden className="size-4" />
        </Radix.Close>
      </div>
      <p role="status" className="sr-only">
        {isSettled ? t("count", { count: found.length }) : query.isWaiting ? t("waiting") : ""}
      </p>
      <SearchNotice query={query} isNothing={isSettled && found.length === 0} />
      <div
        ref={list}
        id={`${id}-list`}
        role="listbox"
        aria-label={t("title")}
        aria-busy={query.isWaiting}
        className="min-h-0 flex-1 overflow-y-auto overscroll-contain p-2 md:max-h-[30rem]"
      >
        {sections.map((section) => (
          // biome-ignore lint/a11y/useSemanticElements: a group of options within a listbox is no fieldset
          <div key={section.id} role="group" aria-labelledby={`${id}-${section.id}`} className="pb-2">
            <div
              id={`${id}-${section.id}`}
              role="presentation"
              className="flex items-baseline gap-2 px-3 pt-1 pb-0.5 font-medium text-caption text-ink-faint"
            >
              <span className="whitespace-nowrap">{section.label}</span>
              {section.hasMore ? <span className="font-normal">{t("more")}</span> : null}
            </div>
            {section.entries.map((entry) => {
              const place = entries.indexOf(entry);
              return (
                <SearchOption
                  key={entry.id}
                  id={`${id}-${place}`}
                  entry={entry}
                  question={query.question}
                  isActive={place === at}
                  onActive={() => setActiveId(entry.id)}
                  onChoose={(isNewTab) => choose(entry, isNewTab)}
                />
              );
            })}
          </div>
        ))}
      </div>
      <p
        id={`${id}-help`}
        className="shrink-0 border-line border-t px-4 py-2 text-caption text-ink-faint max-md:hidden"
      >
        {t("help")}
      </p>
    </>
  );
}
