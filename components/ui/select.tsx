"use client";

import { Check, ChevronDown } from "lucide-react";
import { Select as Radix } from "radix-ui";
import { cn } from "./class-names";
import { useFieldControl } from "./field-context";
import { controlClasses } from "./input";

export type SelectOption<V extends string = string> = {
  value: V;
  label: string;
  /** A second line that says what this choice means. */
  description?: string;
  isDisabled?: boolean;
};

export type SelectProps<V extends string> = {
  value: V | undefined;
  onValueChange: (value: V) => void;
  options: readonly SelectOption<V>[];
  placeholder?: string;
  /** Needed where no Field gives a label. */
  label?: string;
  isDisabled?: boolean;
  className?: string;
};

/** A choice of one among a few. */
export function Select<V extends string>(props: SelectProps<V>) {
  const { value, onValueChange, options, placeholder, label, isDisabled, className } = props;
  const { required: _required, ...control } = useFieldControl();
  const choose = (text: string) => {
    const option = options.find((candidate) => candidate.value === text);
    if (option) onValueChange(option.value);
  };
  return (
    <Radix.Root value={value ?? ""} onValueChange={choose} disabled={isDisabled}>
      <Radix.Trigger
        {...control}
        aria-label={label}
        className={cn(
          controlClasses,
          "flex h-8 items-center justify-between gap-2 px-2.5 text-left data-[placeholder]:text-ink-faint max-md:h-10",
          className,
        )}
      >
        <span className="truncate">
          <Radix.Value placeholder={placeholder} />
        </span>
        <ChevronDown aria-hidden className="size-4 shrink-0 text-ink-faint" />
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          position="popper"
          sideOffset={4}
          className="z-50 max-h-(--radix-select-content-available-height) min-w-(--radix-select-trigger-width) max-w-96 animate-appear overflow-hidden rounded-lg bg-raised p-1 shadow-float"
        >
          <Radix.Viewport>
            {options.map((option) => (
              <Radix.Item
                key={option.value}
                value={option.value}
                disabled={option.isDisabled}
                className="relative flex select-none flex-col rounded-sm py-1.5 pr-8 pl-2.5 text-table outline-none data-[disabled]:text-ink-faint data-[highlighted]:bg-hover"
              >
                <Radix.ItemText>{option.label}</Radix.ItemText>
                {option.description ? <span className="text-caption text-ink-faint">{option.description}</span> : null}
                <Radix.ItemIndicator className="absolute top-2 right-2">
                  <Check aria-hidden className="size-4 text-accent-text" />
                </Radix.ItemIndicator>
              </Radix.Item>
            ))}
          </Radix.Viewport>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
