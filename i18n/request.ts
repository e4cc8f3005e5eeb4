import { cookies, headers } from "next/headers";
import { getRequestConfig } from "next-intl/server";
import { loadMessages, type Messages } from "./messages";
import { chooseLocale, isZone, type Locale, PREFERENCE_COOKIES, ZONE_DEFAULT } from "./preferences";

declare module "next-intl" {
  interface AppConfig {
    Locale: Locale;
    Messages: Messages;
  }
}

/** Language and time zone of one request; there is no language in the URL, so that a link works for everyone. */
export default getRequestConfig(async () => {
  const jar = await cookies();
  const locale = chooseLocale(jar.get(PREFERENCE_COOKIES.locale)?.value, (await headers()).get("accept-language"));
  const zone = jar.get(PREFERENCE_COOKIES.zone)?.value ?? "";
  return { locale, messages: await loadMessages(locale), timeZone: isZone(zone) ? zone : ZONE_DEFAULT };
});
