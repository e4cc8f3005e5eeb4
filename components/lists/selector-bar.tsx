"use client";

import { useTranslations } from "next-intl";
import { useEffect, useId, useRef, useState } from "react";
import { selectorProblem } from "@/components/access/selector-problem";
import { StateMark } from "@/components/ui/state-mark";
import type { SubjectKind } from "@/contract/facts";
import { SelectorInput } from "./selector-input";
import { SelectorPreview, useSelectorProblem } from "./selector-preview";

const SETTLE_MILLISECONDS = 300;
const TYPED_INTO = "input, textarea, select, [contenteditable=true], [role=dialog]";

export type SelectorBarProps = {
  kind: SubjectKind;
  selector: string;
  onSelector: (selector: string) => void;
};

/** The selector of a list: what can be read is looked for when the typing pauses; `/` leads here. */
export function SelectorBar({ kind, selector, onSelector }: SelectorBarProps) {
  const t = useTranslations("lists.selector");
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [text, setText] = useState(selector);
  const latest = useRef(onSelector);
  latest.current = onSelector;
  const problem = useSelectorProblem(kind, text);
  const isReadable = text.trim() === "" || selectorProblem(text, kind) === null;
  // The address follows what was typed a while ago; only what was chosen elsewhere, in a facet for example, comes back.
  const sent = useRef([selector]);
  const send = (next: string) => {
    sent.current.push(next);
    latest.current(next);
  };
  const sendLater = useRef(send);
  sendLater.current = send;
  useEffect(() => {
    const place = sent.current.indexOf(selector);
    if (place < 0) setText(selector);
    sent.current = place < 0 ? [selector] : sent.current.slice(place);
  }, [selector]);
  useEffect(() => {
    if (!isReadable || text.trim() === selector) return;
    const timer = setTimeout(() => sendLater.current(text.trim()), SETTLE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [text, selector, isReadable]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest(TYPED_INTO)) return;
      event.preventDefault();
      box.current?.querySelector("input")?.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  return (
    <div ref={box} className="flex min-w-0 flex-col gap-1">
      <SelectorInput
        kind={kind}
        value={text}
        onText={setText}
        aria-label={t("label")}
        aria-describedby={id}
        aria-invalid={problem === null ? undefined : true}
        aria-keyshortcuts="/"
        placeholder={t("placeholder")}
        onKeyDown={(event) => {
          if (event.key === "Enter" && isReadable) send(text.trim());
        }}
      />
      <p id={id} role="status" className="min-h-4 text-caption text-ink-faint">
        {problem !== null ? (
          <StateMark state="warning" word={problem} className="whitespace-normal" />
        ) : text.trim() === "" ? (
          t("help")
        ) : (
          <SelectorPreview kind={kind} selector={text.trim()} />
        )}
      </p>
    </div>
  );
}
