"use client";

import { CircleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useId, useMemo } from "react";
import { cn } from "./class-names";
import { FieldContext, type FieldControl } from "./field-context";
import { Label } from "./label";

export type FieldProps = {
  label: string;
  /** One control: Input, Textarea, Select; it finds its id and descriptions by itself. */
  children: ReactNode;
  help?: ReactNode;
  /** What is wrong and what is expected. */
  error?: ReactNode;
  isOptional?: boolean;
  className?: string;
};

/** Label above, control, help below, and the error where it is. */
export function Field({ label, children, help, error, isOptional = false, className }: FieldProps) {
  const t = useTranslations("ui.field");
  const id = useId();
  const hasHelp = help !== undefined && help !== null;
  const hasError = error !== undefined && error !== null && error !== false && error !== "";
  const control = useMemo<FieldControl>(() => {
    const described = [hasError ? `${id}-error` : "", hasHelp ? `${id}-help` : ""].filter(Boolean).join(" ");
    return {
      id,
      ...(described ? { "aria-describedby": described } : {}),
      ...(hasError ? { "aria-invalid": true as const } : {}),
    };
  }, [id, hasHelp, hasError]);
  return (
    <div className={cn("flex flex-col gap-1.5", className)}>
      <Label htmlFor={id}>
        {label}
        {isOptional ? <span className="ml-1.5 font-normal text-ink-faint">{t("optional")}</span> : null}
      </Label>
      <FieldContext value={control}>{children}</FieldContext>
      {hasError ? (
        <p id={`${id}-error`} role="alert" className="flex items-start gap-1.5 text-caption text-critical">
          <CircleAlert aria-hidden className="mt-px size-3.5 shrink-0" />
          <span>{error}</span>
        </p>
      ) : null}
      {hasHelp ? (
        <p id={`${id}-help`} className="text-caption text-ink-faint">
          {help}
        </p>
      ) : null}
    </div>
  );
}
