"use client";

import { Check } from "lucide-react";
import { DropdownMenu as Radix } from "radix-ui";
import type { ComponentProps, ReactElement, ReactNode } from "react";
import { cn } from "./class-names";

export type DropdownMenuProps = {
  /** One button. */
  trigger: ReactElement;
  children: ReactNode;
  align?: "start" | "center" | "end";
  side?: "top" | "right" | "bottom" | "left";
};

const itemClasses =
  "relative flex select-none items-center gap-2 rounded-sm px-2 py-1.5 text-table outline-none data-[disabled]:text-ink-faint data-[highlighted]:bg-hover max-md:py-2.5 [&_svg]:size-4 [&_svg]:shrink-0";

/** A menu of actions or choices under its button. */
export function DropdownMenu({ trigger, children, align = "end", side = "bottom" }: DropdownMenuProps) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          className="z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-44 max-w-80 animate-appear overflow-y-auto rounded-lg bg-raised p-1 shadow-float"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** One action; with `asChild` its only child is a link. */
export function MenuItem({
  isDangerous,
  className,
  ...props
}: ComponentProps<typeof Radix.Item> & { isDangerous?: boolean }) {
  return <Radix.Item className={cn(itemClasses, isDangerous && "text-critical", className)} {...props} />;
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="px-2 pt-1.5 pb-1 text-caption text-ink-faint">{children}</Radix.Label>;
}

export function MenuSeparator() {
  return <Radix.Separator className="-mx-1 my-1 h-px bg-line" />;
}

/** Something in the menu that is on or off; the menu stays open, so that several can be changed. */
export function MenuCheckItem({
  isChecked,
  onChange,
  children,
  isDisabled,
}: {
  isChecked: boolean;
  onChange: (isChecked: boolean) => void;
  children: ReactNode;
  isDisabled?: boolean;
}) {
  return (
    <Radix.CheckboxItem
      checked={isChecked}
      onCheckedChange={onChange}
      onSelect={(event) => event.preventDefault()}
      disabled={isDisabled}
      className={cn(itemClasses, "pl-8")}
    >
      <Radix.ItemIndicator className="absolute left-2">
        <Check aria-hidden className="text-accent-text" />
      </Radix.ItemIndicator>
      {children}
    </Radix.CheckboxItem>
  );
}

/** One of a few, in a menu. */
export function MenuChoice<V extends string>({
  value,
  onValueChange,
  options,
}: {
  value: V;
  onValueChange: (value: V) => void;
  options: readonly { value: V; label: string; icon?: ReactNode; lang?: string }[];
}) {
  return (
    <Radix.RadioGroup value={value}>
      {options.map((option) => (
        <Radix.RadioItem
          key={option.value}
          value={option.value}
          lang={option.lang}
          onSelect={() => onValueChange(option.value)}
          className={cn(itemClasses, "pr-8")}
        >
          {option.icon}
          {option.label}
          <Radix.ItemIndicator className="absolute right-2">
            <Check aria-hidden className="text-accent-text" />
          </Radix.ItemIndicator>
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  );
}
