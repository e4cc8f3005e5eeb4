"use client";

import { Check, Minus } from "lucide-react";
import { Checkbox as Radix } from "radix-ui";
import { type ReactNode, useId } from "react";
import { cn } from "./class-names";

export type CheckboxProps = {
  isChecked: boolean | "some";
  onChange: (isChecked: boolean) => void;
  label: string;
  /** The label is read aloud only, for example in a table row. */
  isLabelHidden?: boolean;
  help?: ReactNode;
  isDisabled?: boolean;
  className?: string;
};

/** Yes or no for one thing; `some` when only a part of what it stands for is chosen. */
export function Checkbox({ isChecked, onChange, label, isLabelHidden, help, isDisabled, className }: CheckboxProps) {
  const id = useId();
  return (
    <div className={cn("flex items-start gap-2", className)}>
      <Radix.Root
        id={id}
        checked={isChecked === "some" ? "indeterminate" : isChecked}
        onCheckedChange={(state) => onChange(state === true)}
        disabled={isDisabled}
        aria-label={isLabelHidden ? label : undefined}
        aria-describedby={help ? `${id}-help` : undefined}
        className="mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-sm border border-line-strong bg-surface text-accent-ink transition-colors hover:border-ink-faint disabled:opacity-50 data-[state=checked]:border-accent data-[state=indeterminate]:border-accent data-[state=checked]:bg-accent data-[state=indeterminate]:bg-accent"
      >
        <Radix.Indicator>
          {isChecked === "some" ? (
            <Minus aria-hidden className="size-3" strokeWidth={3} />
          ) : (
            <Check aria-hidden className="size-3" strokeWidth={3} />
          )}
        </Radix.Indicator>
      </Radix.Root>
      {isLabelHidden ? null : (
        <div>
          <label htmlFor={id} className="text-ink text-table">
            {label}
          </label>
          {help ? (
            <p id={`${id}-help`} className="text-caption text-ink-faint">
              {help}
            </p>
          ) : null}
        </div>
      )}
    </div>
  );
}
