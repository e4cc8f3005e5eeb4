"use client";

import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { properName } from "@/components/clusters/proper-names";
import { EntityTable } from "@/components/fleet/entity-table";
import { Quantity } from "@/components/shell/quantity";
import { planHref } from "./support-href";
import type { FleetSupport } from "./support-page";
import { useDayText } from "./use-day-text";

type End = FleetSupport["calendar"]["ends"][number];

/** Ends within the twelve months of the calendar that have not come yet. */
const ahead = ({ today, calendar }: FleetSupport): End[] => {
  const last = `${calendar.months.at(-1)?.slice(0, 7)}-31`;
  return calendar.ends.filter(({ day }) => day >= today && day <= last);
};

function Month({ month, ends }: { month: string; ends: readonly End[] }) {
  const t = useTranslations("support.calendar");
  const format = useFormatter();
  const title = format.dateTime(new Date(`${month}T00:00:00Z`), { month: "short", year: "numeric", timeZone: "UTC" });
  return (
    <li className="min-w-0 border-line border-t pt-2">
      <h3 className="font-medium text-caption text-ink-muted">{title}</h3>
      {ends.length === 0 ? (
        <p className="text-caption text-ink-faint">{t("nothing")}</p>
      ) : (
        <ul className="mt-1 flex flex-col gap-1">
          {ends.map(({ product, cycle, day, kind, clusters }) => (
            <li key={`${product} ${cycle} ${kind}`}>
              <Link
                href={planHref({ product, cycle })}
                title={t(kind, { product: properName(product), version: cycle })}
                className="flex items-baseline justify-between gap-2 rounded-md py-0.5 text-table hover:bg-hover"
              >
                <span className="min-w-0 break-words">
                  {properName(product)} {cycle}
                  <span className="text-ink-faint"> · {Number(day.slice(8))}.</span>
                </span>
                <span className="shrink-0 font-semibold tabular-nums">
                  <Quantity kind="count" value={clusters} />
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

/** Twelve months of ends of support with how many clusters each concerns, and the same as a list. */
export function SupportCalendar({ fleet }: { fleet: FleetSupport }) {
  const t = useTranslations("support");
  const notes = useTranslations("support.notes");
  const day = useDayText();
  const ends = ahead(fleet);
  return (
    <div className="flex flex-col gap-8">
      <section>
        <div className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
          <h2 className="font-semibold text-heading">{t("calendar.title")}</h2>
          {fleet.states.ended > 0 ? (
            <Link href={planHref({ states: ["ended"] })} className="text-accent-text text-table hover:underline">
              {t("calendar.ended", { count: fleet.states.ended })}
            </Link>
          ) : null}
        </div>
        <ol className="mt-2 grid grid-cols-2 gap-x-5 gap-y-4 md:grid-cols-4 xl:grid-cols-6">
          {fleet.calendar.months.map((month) => (
            <Month key={month} month={month} ends={ends.filter((end) => end.day.slice(0, 7) === month.slice(0, 7))} />
          ))}
        </ol>
      </section>
      <EntityTable<End>
        title={t("calendar.listTitle")}
        help={ends.length === 0 ? t("calendar.none") : t("calendar.later")}
        entities={ends}
        getKey={({ product, cycle, kind }) => `${product} ${cycle} ${kind}`}
        columns={[
          {
            id: "day",
            header: t("columns.day"),
            cell: (end) => <span className="whitespace-nowrap tabular-nums">{day(end.day)}</span>,
          },
          {
            id: "what",
            header: t("columns.what"),
            cell: ({ product, cycle, kind, derived }) => (
              <>
                {t(`calendar.${kind}`, { product: properName(product), version: cycle })}
                {derived > 0 ? (
                  <span className="block text-caption text-ink-faint">{t("calendar.derived", { count: derived })}</span>
                ) : null}
              </>
            ),
          },
          {
            id: "source",
            header: t("columns.source"),
            cell: ({ source, asOf }) => (
              <span className="text-caption text-ink-faint">
                {source !== null && asOf !== null ? notes("source", { source, asOf: day(asOf) }) : null}
              </span>
            ),
          },
          {
            id: "clusters",
            header: t("columns.clusters"),
            isFigure: true,
            cell: ({ product, cycle, kind, clusters }) => (
              <Link href={planHref({ product, cycle })} className="text-accent-text hover:underline">
                <Quantity kind="count" value={clusters} />
                <span className="sr-only">
                  {" "}
                  {t("calendar.concerned", {
                    what: t(`calendar.${kind}`, { product: properName(product), version: cycle }),
                  })}
                </span>
              </Link>
            ),
          },
        ]}
      />
    </div>
  );
}
