import type { ReactNode } from "react";

/** The next step stays in sight, and under the thumb, however long the window is. */
export function EnrolFoot({ children }: { children: ReactNode }) {
  return (
    <div className="sticky -bottom-5 -mx-5 -mb-5 flex justify-end border-line border-t bg-raised px-5 md:rounded-b-lg pt-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
      {children}
    </div>
  );
}
