"use client";

import { useTranslations } from "next-intl";
import { AlertDialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "./button";
import { useFocusReturn } from "./use-focus-return";

export type ConfirmDialogProps = {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  title: string;
  /** The consequence, not the mechanism. */
  consequence: ReactNode;
  /** Says what happens, for example "Revoke 3 agents". */
  action: string;
  onConfirm: () => void;
  isDangerous?: boolean;
  /** The work is under way; the dialog stays until the caller closes it. */
  isBusy?: boolean;
  /** Why it did not work, shown above the buttons. */
  error?: ReactNode;
};

/** Asks before something that cannot be taken back; the safe answer has the focus. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { isOpen, onOpenChange, title, consequence, action, onConfirm, isDangerous = true, isBusy, error } = props;
  const t = useTranslations("ui.dialog");
  const focusReturn = useFocusReturn();
  return (
    <Radix.Root open={isOpen} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-appear bg-veil" />
        <Radix.Content
          {...focusReturn}
          className="fixed top-1/2 left-1/2 z-40 w-[calc(100vw-2rem)] max-w-[440px] -translate-x-1/2 -translate-y-1/2 rounded-lg bg-raised p-5 shadow-float focus:outline-none"
        >
          <Radix.Title className="font-semibold text-heading">{title}</Radix.Title>
          <Radix.Description asChild>
            <div className="mt-2 text-ink-muted text-table">{consequence}</div>
          </Radix.Description>
          {error ? (
            <p role="alert" className="mt-3 text-critical text-table">
              {error}
            </p>
          ) : null}
          <div className="mt-5 flex flex-wrap justify-end gap-2">
            <Radix.Cancel asChild>
              <Button>{t("cancel")}</Button>
            </Radix.Cancel>
            <Button variant={isDangerous ? "danger" : "primary"} isBusy={isBusy} onClick={onConfirm}>
              {action}
            </Button>
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
