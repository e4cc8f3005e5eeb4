"use client";

import "./globals.css";

/** The page around every page failed, so there are no texts of a chosen language either: both are shown. */
export default function GlobalError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <main className="mx-auto flex min-h-dvh max-w-[560px] flex-col items-start justify-center gap-3 px-6">
          <title>Fernblick</title>
          <h1 className="font-semibold text-title">The console failed</h1>
          <p className="text-ink-muted text-table">Agents and the gateway keep working. Load the page again.</p>
          <p lang="de" className="text-ink-muted text-table">
            Die Konsole ist fehlgeschlagen. Agenten und Gateway arbeiten weiter. Laden Sie die Seite neu.
          </p>
          {error.digest ? <code className="font-mono text-caption text-ink-muted">{error.digest}</code> : null}
          <button
            type="button"
            onClick={reset}
            className="mt-2 h-8 rounded-md bg-accent px-3 font-medium text-accent-ink text-table"
          >
            Try again · <span lang="de">Erneut versuchen</span>
          </button>
        </main>
      </body>
    </html>
  );
}
