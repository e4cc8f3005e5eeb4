"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { type ComponentProps, type KeyboardEvent, useId, useRef, useState } from "react";
import { useSettled } from "@/components/access/use-settled";
import { useTRPC } from "@/components/shell/trpc-provider";
import { cn } from "@/components/ui/class-names";
import { Input } from "@/components/ui/input";
import type { SubjectKind } from "@/contract/facts";
import { isDimension } from "@/server/lists/model";
import { beginningAt, factsLike, writtenValue } from "./completion";
import { useDimensionWords } from "./use-dimension-words";

const SETTLE_MILLISECONDS = 150;
const SHOWN_MAX = 8;

type Suggestion = { text: string; hint: string };

/** What could stand at the caret: facts and labels that there are, or values that they have. */
function useSuggestions(kind: SubjectKind, before: string | null) {
  const trpc = useTRPC();
  const words = useDimensionWords();
  const beginning = before === null ? null : beginningAt(before);
  const settled = useSettled(before, SETTLE_MILLISECONDS);
  const asked = settled === null ? null : beginningAt(settled);
  const dimension = asked?.dimension ?? null;
  const isAsking = asked !== null && (dimension === null || isDimension(dimension, kind));
  const { data = [] } = useQuery(
    trpc.lists.complete.queryOptions(
      {
        kind,
        dimension,
        text: dimension === null && asked?.text.startsWith("@") ? "" : (asked?.text ?? "").slice(0, 200),
      },
      { enabled: isAsking, placeholderData: keepPreviousData, staleTime: 60_000 },
    ),
  );
  if (!beginning || !isAsking || beginning.dimension !== dimension) return { beginning, suggestions: [] };
  const suggestions: Suggestion[] =
    dimension === null
      ? [
          ...(beginning.text.startsWith("@")
            ? []
            : data.map(({ value, count }) => ({ text: value, hint: String(count) }))),
          ...factsLike(kind, beginning.text).map((fact) => ({ text: fact, hint: words.nameOf(fact) })),
        ]
      : data.map(({ value, count }) => ({ text: writtenValue(kind, dimension, value), hint: String(count) }));
  const isWhole = suggestions.length === 1 && suggestions[0]?.text === beginning.text;
  return { beginning, suggestions: isWhole ? [] : suggestions.slice(0, SHOWN_MAX) };
}

export type SelectorInputProps = Omit<ComponentProps<"input">, "value" | "onChange"> & {
  kind: SubjectKind;
  value: string;
  onText: (text: string) => void;
};

/** A selector as text, with names and values that there are to choose from (ARIA Authoring Practices, "Combobox"). */
export function SelectorInput({ kind, value, onText, className, onKeyDown, onBlur, ...props }: SelectorInputProps) {
  const t = useTranslations("lists.selector");
  const listId = useId();
  const ref = useRef<HTMLInputElement>(null);
  const [caret, setCaret] = useState<number | null>(null);
  const [active, setActive] = useState(-1);
  const { beginning, suggestions } = useSuggestions(kind, caret === null ? null : value.slice(0, caret));
  const isOpen = caret !== null && suggestions.length > 0;
  const place = Math.min(active, suggestions.length - 1);

  const choose = (suggestion: Suggestion) => {
    if (!beginning) return;
    const head = value.slice(0, beginning.from) + suggestion.text;
    onText(head + value.slice(caret ?? value.length));
    setActive(-1);
    setCaret(head.length);
    requestAnimationFrame(() => ref.current?.setSelectionRange(head.length, head.length));
  };
  const move = (event: KeyboardEvent, next: number) => {
    event.preventDefault();
    setActive((next + suggestions.length + 1) % (suggestions.length + 1));
  };
  const onKey = (event: KeyboardEvent<HTMLInputElement>) => {
    const chosen = suggestions[place];
    if (event.key === "ArrowDown" && caret === null) setCaret(event.currentTarget.selectionStart);
    if (isOpen && event.key === "ArrowDown") return move(event, place + 1);
    if (isOpen && event.key === "ArrowUp") return move(event, place < 0 ? suggestions.length - 1 : place - 1);
    if (isOpen && chosen && (event.key === "Enter" || event.key === "Tab")) {
      event.preventDefault();
      return choose(chosen);
    }
    if (event.key === "Escape" && caret !== null) {
      // Suggestions that are still on their way stay away as well.
      setCaret(null);
      if (isOpen) {
        event.preventDefault();
        event.stopPropagation();
        return;
      }
    }
    onKeyDown?.(event);
  };
  return (
    <span className={cn("relative block", className)}>
      <Input
        {...props}
        ref={ref}
        role="combobox"
        aria-expanded={isOpen}
        aria-controls={isOpen ? listId : undefined}
        aria-autocomplete="list"
        aria-activedescendant={isOpen && place >= 0 ? `${listId}-${place}` : undefined}
        value={value}
        maxLength={1000}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        className="font-mono"
        onChange={(event) => {
          onText(event.target.value);
          setCaret(event.target.selectionStart);
          setActive(-1);
        }}
        onKeyDown={onKey}
        onBlur={(event) => {
          setCaret(null);
          onBlur?.(event);
        }}
      />
      {isOpen ? (
        <div
          id={listId}
          role="listbox"
          aria-label={t("suggestions")}
          className="absolute top-full left-0 z-30 mt-1 max-h-72 w-full max-w-md overflow-auto rounded-lg bg-raised p-1 shadow-float"
        >
          {suggestions.map((suggestion, index) => (
            <div
              key={suggestion.text}
              id={`${listId}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === place}
              // The input keeps the focus.
              onPointerDown={(event) => {
                event.preventDefault();
                choose(suggestion);
              }}
              className={cn(
                "flex cursor-default items-baseline justify-between gap-3 rounded-sm px-2 py-1.5 text-table",
                index === place ? "bg-hover" : "hover:bg-hover",
              )}
            >
              <span className="truncate font-mono text-ink">{suggestion.text}</span>
              <span className="shrink-0 text-caption text-ink-muted tabular-nums">{suggestion.hint}</span>
            </div>
          ))}
        </div>
      ) : null}
    </span>
  );
}
