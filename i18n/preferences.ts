/** The languages that the console speaks; both are originals. */
export const LOCALES = ["en", "de"] as const;
export type Locale = (typeof LOCALES)[number];
const LOCALE_DEFAULT: Locale = "en";

/** Time zone of the server's first answer, until the browser has named its own. */
export const ZONE_DEFAULT = "Europe/Berlin";

/** What a browser may ask this server to remember, and the cookie that it is kept in. */
export const PREFERENCE_COOKIES = {
  locale: "fernblick-locale",
  zone: "fernblick-zone",
  navigation: "fernblick-navigation",
} as const;
export type PreferenceName = keyof typeof PREFERENCE_COOKIES;

function isLocale(text: string): text is Locale {
  return (LOCALES as readonly string[]).includes(text);
}

/** True for a time zone that this runtime knows (IANA name), for example `Europe/Berlin`. */
export function isZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: text });
    return text.length > 0;
  } catch {
    return false;
  }
}

/** True when the value is one that this preference can have. */
export function isPreference(name: PreferenceName, value: string): boolean {
  if (name === "locale") return isLocale(value);
  if (name === "zone") return isZone(value);
  return value === "collapsed" || value === "open";
}

/**
 * The language for one request: the cookie, else the best of Accept-Language (RFC 9110, section 12.5.4), else English.
 */
export function chooseLocale(cookie: string | undefined, acceptLanguage: string | null): Locale {
  if (cookie !== undefined && isLocale(cookie)) return cookie;
  const wishes = (acceptLanguage ?? "")
    .split(",")
    .map((part, order) => {
      const [tag = "", ...parameters] = part.trim().toLowerCase().split(";");
      const quality = parameters.map((text) => /^\s*q=([\d.]+)\s*$/.exec(text)?.[1]).find((text) => text !== undefined);
      return { language: tag.split("-")[0] ?? "", quality: quality === undefined ? 1 : Number(quality), order };
    })
    .filter((wish) => wish.quality > 0)
    .sort((a, b) => b.quality - a.quality || a.order - b.order);
  for (const wish of wishes) {
    if (isLocale(wish.language)) return wish.language;
  }
  return LOCALE_DEFAULT;
}
