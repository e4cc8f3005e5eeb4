"use client";

import { useFormatter, useTranslations } from "next-intl";
import { useMomentText } from "@/components/shell/moment-text";
import { isRole } from "@/server/access/model";

const ISO_MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** Names and values of audit details in the reader's language; what has no words is shown as it was written. */
export function useDetailText(): { name: (name: string) => string; value: (name: string, value: unknown) => string } {
  const t = useTranslations("audit");
  const roles = useTranslations("access.roles");
  const format = useFormatter();
  const moment = useMomentText();
  const value = (name: string, found: unknown): string => {
    if (name === "scopeSelector" && found === null) return t("allSites");
    if (typeof found === "boolean") return found ? t("yes") : t("no");
    if (typeof found === "number") return format.number(found);
    if (name === "labels" && typeof found === "object" && found !== null) {
      return Object.entries(found)
        .map(([label, text]) => `${label}=${text}`)
        .join(", ");
    }
    if (typeof found !== "string") return JSON.stringify(found) ?? "";
    if (name === "role" && isRole(found)) return roles(found);
    if (name === "method" && (found === "password" || found === "oidc")) return t(`methods.${found}`);
    if (ISO_MOMENT.test(found)) return moment.exact(new Date(found));
    const word = `words.${found}` as "words.active";
    return ["status", "was", "reason"].includes(name) && t.has(word) ? t(word) : found;
  };
  return {
    name: (name) => (t.has(`names.${name}` as "names.role") ? t(`names.${name}` as "names.role") : name),
    value,
  };
}
