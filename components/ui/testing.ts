import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** The real texts of one language, for tests that draw a screen; read as files, since components import none. */
export function testMessages(locale: "en" | "de"): Record<string, Record<string, unknown>> {
  const folder = join(import.meta.dirname, "..", "..", "i18n", "messages", locale);
  const namespaces = readdirSync(folder).map((file) => {
    const texts: Record<string, unknown> = JSON.parse(readFileSync(join(folder, file), "utf8"));
    return [basename(file, ".json"), texts] as const;
  });
  return Object.fromEntries(namespaces);
}
