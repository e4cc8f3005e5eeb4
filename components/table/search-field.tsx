"use client";

import { Search, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { cn } from "@/components/ui/class-names";
import { Input } from "@/components/ui/input";

const DEBOUNCE_MS = 250;

export type SearchFieldProps = {
  value: string;
  /** Called when typing has paused, and at once on Enter or when cleared. */
  onSearch: (text: string) => void;
  /** What is searched; also the text while it is empty. */
  label: string;
  className?: string;
};

/** A search that waits until the typing pauses. */
export function SearchField({ value, onSearch, label, className }: SearchFieldProps) {
  const t = useTranslations("ui.search");
  const [text, setText] = useState(value);
  const latest = useRef(onSearch);
  latest.current = onSearch;
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => latest.current(text), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [text, value]);
  const clear = () => {
    setText("");
    onSearch("");
  };
  return (
    <search className={cn("relative block w-60 max-md:w-full", className)}>
      <Search
        aria-hidden
        className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-ink-faint"
      />
      <Input
        type="text"
        inputMode="search"
        autoComplete="off"
        spellCheck={false}
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") onSearch(text);
          if (event.key === "Escape" && text) clear();
        }}
        className="px-8"
      />
      {text ? (
        <button
          type="button"
          aria-label={t("clear")}
          onClick={clear}
          className="absolute top-1/2 right-1 flex size-6 -translate-y-1/2 items-center justify-center rounded-sm text-ink-muted hover:bg-hover hover:text-ink"
        >
          <X aria-hidden className="size-3.5" />
        </button>
      ) : null}
    </search>
  );
}
