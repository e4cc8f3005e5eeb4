"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { useClusterChangeText } from "@/components/clusters/cluster-change-list";
import { clusterHref } from "@/components/clusters/cluster-href";
import { ChangeTime, useMachineChangeText } from "@/components/fleet/change-list";
import { machineHref } from "@/components/fleet/machine-href";
import type { Site } from "./site-page";

/** What happened at a site, to machines and clusters alike, the newest first. */
export function SiteChangeList({ changes }: { changes: Site["changes"] }) {
  const t = useTranslations("sites.site");
  const machineText = useMachineChangeText();
  const clusterText = useClusterChangeText();
  if (changes.length === 0) return <p className="text-ink-faint text-table">{t("noChanges")}</p>;
  return (
    <ol className="flex flex-col text-table">
      {changes.map((change) => (
        <li
          key={`${change.of} ${change.id}`}
          className="grid grid-cols-[5.5rem_1fr] gap-x-3 border-line border-t py-1.5 first:border-t-0"
        >
          <ChangeTime at={change.observedAt ?? change.receivedAt} />
          <div className="min-w-0">
            <Link
              href={change.of === "machine" ? machineHref(change.ofId) : clusterHref(change.ofId)}
              prefetch={false}
              className="font-medium text-ink hover:text-accent-text"
            >
              {change.ofName}
            </Link>{" "}
            <span className="break-words text-ink-muted">
              {change.of === "machine" ? machineText(change) : clusterText(change)}
            </span>
          </div>
        </li>
      ))}
    </ol>
  );
}
