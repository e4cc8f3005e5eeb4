"use client";

import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";

export type Tab<V extends string = string> = {
  value: V;
  label: string;
  /** Shown only where someone must act. */
  count?: number;
  content: ReactNode;
};

export type TabsProps<V extends string> = {
  tabs: readonly Tab<V>[];
  value: V;
  onValueChange: (value: V) => void;
  /** What the tabs choose between, for screen readers. */
  label: string;
  /** Stands at the right of the tabs: what holds for all of them. */
  aside?: ReactNode;
};

/** Views of one thing, side by side; the caller keeps the chosen one, best in the URL. */
export function Tabs<V extends string>({ tabs, value, onValueChange, label, aside }: TabsProps<V>) {
  const choose = (text: string) => {
    const tab = tabs.find((candidate) => candidate.value === text);
    if (tab) onValueChange(tab.value);
  };
  return (
    <Radix.Root value={value} onValueChange={choose}>
      <div className="flex flex-wrap-reverse items-center justify-between gap-x-6 gap-y-2 border-line border-b">
        <Radix.List aria-label={label} className="flex gap-5 overflow-x-auto overflow-y-hidden">
          {tabs.map((tab) => (
            <Radix.Trigger
              key={tab.value}
              value={tab.value}
              className="-mb-px flex h-9 items-center gap-1.5 whitespace-nowrap border-transparent border-b-2 font-medium text-ink-muted text-table transition-colors hover:text-ink focus-visible:-outline-offset-2 data-[state=active]:border-accent data-[state=active]:text-ink"
            >
              {tab.label}
              {tab.count === undefined ? null : (
                <span className="rounded-full bg-pressed px-1.5 text-ink-muted text-micro tabular-nums">
                  {tab.count}
                </span>
              )}
            </Radix.Trigger>
          ))}
        </Radix.List>
        {aside}
      </div>
      {tabs.map((tab) => (
        <Radix.Content key={tab.value} value={tab.value} className="pt-4">
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
