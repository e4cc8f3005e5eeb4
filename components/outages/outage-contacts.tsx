"use client";

import { useTranslations } from "next-intl";
import { ContactText } from "@/components/sites/contact-text";
import type { OutageDetail } from "./use-outage-text";

/** Whom to ask about what is still dark, those with the most sites first. */
export function OutageContacts({ contacts }: { contacts: OutageDetail["contacts"] }) {
  const t = useTranslations("outages");
  const entered = contacts.filter(({ contact, owner, deputy, runbookUrl }) => contact ?? owner ?? deputy ?? runbookUrl);
  if (entered.length === 0) return <p className="text-ink-faint text-table">{t("noContacts")}</p>;
  return (
    <ul className="flex flex-col text-table">
      {entered.map((one) => (
        <li
          key={`${one.contact} ${one.owner} ${one.deputy} ${one.runbookUrl}`}
          className="border-line border-t py-1.5 first:border-t-0"
        >
          {one.contact ? (
            <p className="font-medium text-ink">
              <ContactText contact={one.contact} />
            </p>
          ) : null}
          <p className="text-ink-muted">
            {[
              one.owner && t("owner", { name: one.owner }),
              one.deputy && t("deputy", { name: one.deputy }),
              t("forSites", { count: one.sites, name: one.siteName }),
            ]
              .filter(Boolean)
              .join(" · ")}
          </p>
          {one.runbookUrl ? (
            <a href={one.runbookUrl} rel="noreferrer" target="_blank" className="text-accent-text underline">
              {t("runbook")}
            </a>
          ) : null}
        </li>
      ))}
    </ul>
  );
}
