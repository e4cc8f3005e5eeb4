"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";

/** Where a figure comes from and how it was made. */
export type Provenance = {
  origin: "measured" | "modelled" | "entered" | "unknown";
  /** For example `/proc/meminfo on edge-07`. */
  source?: string;
  /** For example `(MemTotal − MemAvailable) / MemTotal`. */
  formula?: string;
  /** How many of how many reported. */
  reported?: { known: number; total: number };
};

export type ProvenanceListProps = {
  provenance: Provenance;
  observedAtText: string | null;
  ruleText: string | null;
};

/** The provenance as a short list of names and values. */
export function ProvenanceList({ provenance, observedAtText, ruleText }: ProvenanceListProps) {
  const t = useTranslations("shell.freshness");
  const rows: [string, ReactNode][] = [[t("origin"), t(`origins.${provenance.origin}`)]];
  if (provenance.source) rows.push([t("source"), provenance.source]);
  if (provenance.formula) {
    rows.push([
      t("formula"),
      <code key="formula" className="font-mono">
        {provenance.formula}
      </code>,
    ]);
  }
  if (provenance.reported) rows.push([t("reported"), t("reportedValue", provenance.reported)]);
  if (observedAtText) rows.push([t("observedAt"), observedAtText]);
  return (
    <>
      <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-1">
        {rows.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-ink-faint">{name}</dt>
            <dd className="break-words tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
      {ruleText ? <p className="mt-1.5 border-line border-t pt-1.5 text-ink-faint">{ruleText}</p> : null}
    </>
  );
}
