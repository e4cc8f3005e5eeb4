import { NextIntlClientProvider } from "next-intl";
import { act, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { testMessages } from "@/components/ui/testing";
import { TooltipProvider } from "@/components/ui/tooltip";
import { ClockProvider } from "./clock";

/** The moment at which test pages are made: 22 Nov 2026, 14:10 in Berlin. */
export const TEST_NOW_MS = Date.UTC(2026, 10, 22, 13, 10);

export type Stage = { root: HTMLElement; draw: (page: ReactNode) => void; remove: () => void };

/** Draws a part of a screen into the test's document, with everything that the root layout puts around it. */
export function stage(locale: "en" | "de" = "en"): Stage {
  const messages = testMessages(locale);
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  const root = document.createElement("div");
  document.body.append(root);
  const react = createRoot(root);
  return {
    root,
    draw: (page) =>
      act(() =>
        react.render(
          <NextIntlClientProvider locale={locale} messages={messages} timeZone="Europe/Berlin">
            <ClockProvider serverNowMs={TEST_NOW_MS}>
              <TooltipProvider>{page}</TooltipProvider>
            </ClockProvider>
          </NextIntlClientProvider>,
        ),
      ),
    remove: () => {
      act(() => react.unmount());
      root.remove();
    },
  };
}
