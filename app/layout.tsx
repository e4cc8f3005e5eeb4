import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import "./globals.css";
import type { Metadata, Viewport } from "next";
import { cookies, headers } from "next/headers";
import { NextIntlClientProvider } from "next-intl";
import { getLocale } from "next-intl/server";
import type { ReactNode } from "react";
import { Providers } from "@/components/shell/providers";
import { PREFERENCE_COOKIES } from "@/i18n/preferences";
import { rememberPreference } from "./remember-preference";

export const metadata: Metadata = { title: { default: "Fernblick", template: "%s · Fernblick" } };

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  viewportFit: "cover",
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#ffffff" },
    { media: "(prefers-color-scheme: dark)", color: "#0e1116" },
  ],
};

/** The page around every page: language, fonts, theme, the one clock. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const [locale, jar, head] = await Promise.all([getLocale(), cookies(), headers()]);
  return (
    <html lang={locale} suppressHydrationWarning>
      <body>
        <NextIntlClientProvider>
          <Providers
            serverNowMs={Date.now()}
            nonce={head.get("x-nonce") ?? undefined}
            zone={jar.get(PREFERENCE_COOKIES.zone)?.value ?? null}
            isNavigationCollapsed={jar.get(PREFERENCE_COOKIES.navigation)?.value === "collapsed"}
            onRemember={rememberPreference}
          >
            {children}
          </Providers>
        </NextIntlClientProvider>
      </body>
    </html>
  );
}
