"use client";

import { type ReactNode, useState } from "react";
import { cn } from "@/components/ui/class-names";
import { Tooltip } from "@/components/ui/tooltip";

export type HintProps = {
  children: ReactNode;
  content: ReactNode;
  className?: string;
};

/** A small text that explains itself on hover, on focus and on a tap. */
export function Hint({ children, content, className }: HintProps) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <Tooltip content={content} isOpen={isOpen} onOpenChange={setIsOpen}>
      <button
        type="button"
        // A tap has no hover: it opens, where a tooltip would close.
        onPointerDown={(event) => event.preventDefault()}
        onClick={(event) => {
          event.preventDefault();
          event.stopPropagation();
          setIsOpen(true);
        }}
        className={cn("cursor-help! rounded-sm text-left", className)}
      >
        {children}
      </button>
    </Tooltip>
  );
}
