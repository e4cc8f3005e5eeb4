"use client";

import type { Route } from "next";
import Link from "next/link";
import { useFormatter, useLocale, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { project, viewText } from "@/components/map/mercator";
import { useClock } from "@/components/shell/clock";
import { UnknownValue } from "@/components/shell/unknown-value";
import { Badge } from "@/components/ui/badge";
import { CopyButton } from "@/components/ui/copy-button";
import type { SiteField } from "@/server/sites/model";
import { ContactText } from "./contact-text";
import type { Site } from "./site-page";

const NEAR_ZOOM = 10;

function LocalTime({ timeZone }: { timeZone: string }) {
  const format = useFormatter();
  const time = useClock((nowMs) =>
    format.dateTime(nowMs, {
      timeZone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
      timeZoneName: "short",
    }),
  );
  return <span className="tabular-nums">{time}</span>;
}

function Place({ latitude, longitude }: { latitude: number; longitude: number }) {
  const t = useTranslations("sites.site");
  const format = useFormatter();
  const degrees = (value: number) => format.number(value, { maximumFractionDigits: 5 });
  const view = viewText({ ...project(longitude, latitude), zoom: NEAR_ZOOM });
  return (
    <span className="flex flex-wrap items-center gap-x-2">
      <span className="tabular-nums">
        {degrees(latitude)}° / {degrees(longitude)}°
      </span>
      <Link href={`/sites?map=${view}` as Route} className="text-accent-text underline">
        {t("showOnMap")}
      </Link>
    </span>
  );
}

/** What people entered about a site; what nobody entered is unknown and says so. */
export function SiteFacts({ site }: { site: Site }) {
  const t = useTranslations("sites");
  const locale = useLocale();
  const format = useFormatter();
  const text = (value: string | null) => (value === null ? null : <span className="break-words">{value}</span>);
  const { address, country, latitude, longitude, timeZone, contact, runbookUrl, pue, labels } = site;
  const named: Partial<Record<SiteField, ReactNode>> = {
    address:
      address === null ? null : (
        <span className="flex items-start gap-1">
          <span className="min-w-0 flex-1 whitespace-pre-line break-words">{address}</span>
          <CopyButton text={address} label={t("site.copyAddress")} className="max-md:size-11" />
        </span>
      ),
    country: country === null ? null : (new Intl.DisplayNames(locale, { type: "region" }).of(country) ?? country),
    contact: contact === null ? null : <ContactText contact={contact} />,
    owner: text(site.owner),
    deputy: text(site.deputy),
    runbookUrl:
      runbookUrl === null ? null : (
        <a href={runbookUrl} target="_blank" rel="noreferrer" className="break-all text-accent-text underline">
          {runbookUrl}
        </a>
      ),
    timeZone: text(timeZone),
    gridZone: text(site.gridZone),
    tariff: text(site.tariff),
    pue: pue === null ? null : format.number(pue, { maximumFractionDigits: 3 }),
    powerFeed: text(site.powerFeed),
    carrier: text(site.carrier),
  };
  const facts = (Object.entries(named) as [SiteField, ReactNode][]).map(([field, value]) => ({
    id: field as string,
    label: t(`fields.${field}`),
    value,
  }));
  facts.splice(2, 0, {
    id: "place",
    label: t("site.place"),
    value: latitude === null || longitude === null ? null : <Place latitude={latitude} longitude={longitude} />,
  });
  facts.splice(3, 0, {
    id: "localTime",
    label: t("site.localTime"),
    value: timeZone === null ? null : <LocalTime timeZone={timeZone} />,
  });
  return (
    <section>
      <h2 className="mb-2 font-semibold text-heading">{t("site.facts")}</h2>
      <dl className="grid grid-cols-[8.5rem_minmax(0,1fr)] text-table">
        {facts.map(({ id, label, value }) => (
          <div key={id} className="contents">
            <dt className="border-line border-t py-1.5 text-ink-faint">{label}</dt>
            <dd className="min-w-0 border-line border-t py-1.5 text-ink">
              {value === null ? <UnknownValue reason={null} isShort /> : value}
            </dd>
          </div>
        ))}
      </dl>
      {Object.keys(labels).length > 0 ? (
        <ul className="mt-2 flex flex-wrap gap-1">
          {Object.entries(labels).map(([key, value]) => (
            <li key={key}>
              <Badge>
                {key}={value}
              </Badge>
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}
