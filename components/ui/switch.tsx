"use client";

import { Switch as Radix } from "radix-ui";
import { type ReactNode, useId } from "react";
import { cn } from "./class-names";

export type SwitchProps = {
  isOn: boolean;
  onChange: (isOn: boolean) => void;
  label: string;
  help?: ReactNode;
  isDisabled?: boolean;
  className?: string;
};

/** Something that takes effect at once. */
export function Switch({ isOn, onChange, label, help, isDisabled, className }: SwitchProps) {
  const id = useId();
  return (
    <div className={cn("flex items-start justify-between gap-4", className)}>
      <div>
        <label htmlFor={id} className="font-medium text-ink text-table">
          {label}
        </label>
        {help ? (
          <p id={`${id}-help`} className="text-caption text-ink-faint">
            {help}
          </p>
        ) : null}
      </div>
      <Radix.Root
        id={id}
        checked={isOn}
        onCheckedChange={onChange}
        disabled={isDisabled}
        aria-describedby={help ? `${id}-help` : undefined}
        className="relative h-5 w-9 shrink-0 rounded-full border border-line-strong bg-pressed transition-colors disabled:opacity-50 data-[state=checked]:border-accent data-[state=checked]:bg-accent"
      >
        <Radix.Thumb className="block size-3.5 translate-x-0.5 rounded-full bg-ink-muted transition-transform data-[state=checked]:translate-x-[18px] data-[state=checked]:bg-accent-ink" />
      </Radix.Root>
    </div>
  );
}
