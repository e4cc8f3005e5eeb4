import type { ComponentProps, ReactNode } from "react";
import { cn } from "./class-names";
import { Tooltip } from "./tooltip";

export type IconButtonProps = Omit<ComponentProps<"button">, "children"> & {
  /** What happens; read aloud and shown as a tooltip. */
  label: string;
  icon: ReactNode;
  size?: "small" | "medium";
};

/** A button that is only an icon; the label stands in its tooltip and for screen readers. */
export function IconButton({ label, icon, size = "medium", className, type, ...props }: IconButtonProps) {
  return (
    <Tooltip content={label}>
      <button
        type={type ?? "button"}
        aria-label={label}
        className={cn(
          "inline-flex shrink-0 items-center justify-center rounded-md text-ink-muted transition-colors hover:bg-hover hover:text-ink active:bg-pressed disabled:pointer-events-none disabled:opacity-50 data-[state=open]:bg-hover [&_svg]:size-4",
          size === "small" ? "size-7" : "size-8",
          className,
        )}
        {...props}
      >
        {icon}
      </button>
    </Tooltip>
  );
}
