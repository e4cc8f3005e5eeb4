import type { ReactNode } from "react";

/** The name of a control, above it. */
export function Label({ htmlFor, children }: { htmlFor: string; children: ReactNode }) {
  return (
    <label htmlFor={htmlFor} className="font-medium text-ink text-table">
      {children}
    </label>
  );
}
