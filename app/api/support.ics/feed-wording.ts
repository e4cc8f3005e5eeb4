import { createTranslator } from "next-intl";
import { loadMessages } from "@/i18n/messages";
import { chooseLocale, PREFERENCE_COOKIES } from "@/i18n/preferences";
import type { FeedWording } from "@/server/support/doors";

const LOCALE_COOKIE = new RegExp(`(?:^|;\\s*)${PREFERENCE_COOKIES.locale}=([^;]*)`);

/** The sentences of a calendar, and the language of who asks with a browser. */
export const feedWording: FeedWording = {
  textsIn: async (language) => {
    const messages = await loadMessages(language);
    const t = createTranslator({ locale: language, messages, namespace: "support.feed" });
    return {
      name: t("name"),
      summary: (kind, of) => t(kind, of),
      clusters: (count) => t("clusters", { count }),
      more: (count) => t("more", { count }),
      derived: (count) => t("derived", { count }),
      source: (of) => t("source", of),
      alarm: (of) => t("alarm", of),
    };
  },
  languageOf: ({ headers }) =>
    chooseLocale(LOCALE_COOKIE.exec(headers.get("cookie") ?? "")?.[1], headers.get("accept-language")),
};
