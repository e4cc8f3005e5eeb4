import { NextIntlClientProvider } from "next-intl";
import { renderToString } from "react-dom/server";
import { expect, test } from "vitest";
import { MARK_STATES, type MarkState, StateMark } from "./state-mark";
import { testMessages } from "./testing";

const WORDS: Record<string, Record<MarkState, string>> = {
  en: testMessages("en").ui?.state as Record<MarkState, string>,
  de: testMessages("de").ui?.state as Record<MarkState, string>,
};

function html(state: MarkState, locale: "en" | "de", isWordHidden = false): string {
  return renderToString(
    <NextIntlClientProvider locale={locale} messages={testMessages(locale)} timeZone="UTC">
      <StateMark state={state} isWordHidden={isWordHidden} />
    </NextIntlClientProvider>,
  );
}
const shapeOf = (markup: string) =>
  /<svg[^>]*>(.*)<\/svg>/.exec(markup)?.[1]?.replaceAll(/id="[^"]*"|url\([^)]*\)/g, "");

test.each(MARK_STATES)("%s is said in words, also where the word is not seen", (state) => {
  expect(html(state, "en")).toContain(`>${WORDS.en?.[state]}<`);
  expect(html(state, "de")).toContain(`>${WORDS.de?.[state]}<`);
  expect(html(state, "en", true)).toContain(`sr-only">${WORDS.en?.[state]}<`);
});

test("no two states share a shape or a word, so that none depends on its colour", () => {
  const shapes = new Set(MARK_STATES.map((state) => shapeOf(html(state, "en"))));
  expect(shapes.size).toBe(MARK_STATES.length);
  expect(new Set(Object.values(WORDS.de ?? {})).size).toBe(MARK_STATES.length);
});
