"use client";

import { X } from "lucide-react";
import { useTranslations } from "next-intl";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { cn } from "./class-names";
import { useFocusReturn } from "./use-focus-return";

export type DialogProps = {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  title: string;
  description?: ReactNode;
  children: ReactNode;
  /** The buttons; the one that acts stands last. */
  footer?: ReactNode;
  /** `panel` comes from the right, for a quick look; `sheet` from below, for a phone. */
  shape?: "window" | "panel" | "sheet";
  /** Width of a window, in pixels. */
  widthPx?: number;
};

const SHAPES = {
  window:
    "top-1/2 left-1/2 max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] -translate-x-1/2 -translate-y-1/2 rounded-lg max-md:top-auto max-md:bottom-0 max-md:w-full max-md:max-w-none! max-md:translate-y-0 max-md:rounded-b-none",
  panel: "inset-y-0 right-0 w-full max-w-[560px] border-l border-line",
  sheet: "inset-x-0 bottom-0 max-h-[85dvh] rounded-t-lg pb-[env(safe-area-inset-bottom)]",
};

/** A window above the page; Escape and a click beside it close it, the focus goes back to where it was. */
export function Dialog(props: DialogProps) {
  const { isOpen, onOpenChange, title, description, children, footer, shape = "window", widthPx = 480 } = props;
  const t = useTranslations("ui.dialog");
  const focusReturn = useFocusReturn();
  return (
    <Radix.Root open={isOpen} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-appear bg-veil" />
        <Radix.Content
          {...focusReturn}
          {...(description ? {} : { "aria-describedby": undefined })}
          className={cn("fixed z-40 flex flex-col bg-raised shadow-float focus:outline-none", SHAPES[shape])}
          style={shape === "window" ? { maxWidth: widthPx } : undefined}
        >
          <div className="flex items-start justify-between gap-4 px-5 pt-4 pb-3">
            <div>
              <Radix.Title className="font-semibold text-heading">{title}</Radix.Title>
              {description ? (
                <Radix.Description className="mt-0.5 text-ink-muted text-table">{description}</Radix.Description>
              ) : null}
            </div>
            <Radix.Close
              aria-label={t("close")}
              className="-mr-1.5 inline-flex size-7 shrink-0 items-center justify-center rounded-md text-ink-muted hover:bg-hover hover:text-ink"
            >
              <X aria-hidden className="size-4" />
            </Radix.Close>
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 pb-5">{children}</div>
          {footer ? (
            <div className="flex flex-wrap justify-end gap-2 border-line border-t px-5 py-3">{footer}</div>
          ) : null}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
