"use client";

import { Check, Copy } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { toast } from "sonner";
import { copyText } from "./copy-text";
import { IconButton } from "./icon-button";

export type CopyButtonProps = {
  text: string;
  /** What is copied, for example "Copy command". */
  label?: string;
  className?: string;
};

/** Copies a text and says so; says as well when the browser refuses. */
export function CopyButton({ text, label, className }: CopyButtonProps) {
  const t = useTranslations("ui.copy");
  const [hasCopied, setHasCopied] = useState(false);
  useEffect(() => {
    if (!hasCopied) return;
    const timer = setTimeout(() => setHasCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [hasCopied]);
  const copy = async () => {
    const isDone = await copyText(text);
    setHasCopied(isDone);
    if (!isDone) toast.error(t("refused"));
  };
  return (
    <>
      <IconButton
        label={hasCopied ? t("done") : (label ?? t("action"))}
        icon={hasCopied ? <Check aria-hidden className="text-good" /> : <Copy aria-hidden />}
        size="small"
        onClick={copy}
        className={className}
      />
      <span role="status" className="sr-only">
        {hasCopied ? t("done") : ""}
      </span>
    </>
  );
}
