"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { useClusterChangeText } from "@/components/clusters/cluster-change-list";
import { clusterHref } from "@/components/clusters/cluster-href";
import type { Outputs } from "@/server/root";
import { ChangeTime, useMachineChangeText } from "./change-list";
import { machineHref } from "./machine-href";

type Change = Outputs["fleet"]["overview"]["changes"][number];

/** What changed within a day, at machines and clusters, the newest first; the same change at many places is one line. */
export function OverviewChanges({ changes }: { changes: readonly Change[] }) {
  const t = useTranslations("fleet.changesAt");
  const ofMachine = useMachineChangeText();
  const ofCluster = useClusterChangeText();
  return (
    <ol className="flex flex-col text-table">
      {changes.map((change) => (
        <li
          key={change.key}
          className="grid grid-cols-[5.5rem_1fr] gap-x-3 border-line border-t py-1.5 first:border-t-0"
        >
          <ChangeTime at={change.observedAt ?? change.receivedAt} />
          <div className="min-w-0 break-words">
            {change.places === 1 ? (
              <Link
                href={change.of === "machine" ? machineHref(change.placeId) : clusterHref(change.placeId)}
                className="font-medium text-ink hover:text-accent-text"
              >
                {change.placeName}
              </Link>
            ) : (
              <span className="font-medium text-ink">
                {t(change.of === "machine" ? "machines" : "clusters", { count: change.places })}
              </span>
            )}{" "}
            <span className="text-ink-muted">{change.of === "machine" ? ofMachine(change) : ofCluster(change)}</span>
          </div>
        </li>
      ))}
    </ol>
  );
}
