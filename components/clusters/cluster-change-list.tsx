"use client";

import { useTranslations } from "next-intl";
import { ChangeTime } from "@/components/fleet/change-list";
import { HEALTHS } from "@/contract/cluster/healths";
import { CLUSTER_CHANGE_KINDS } from "@/server/clusters/model";
import type { Cluster } from "./item-source";
import { properName } from "./proper-names";

type Change = Cluster["changes"][number];

/** What happened in a cluster, in words. */
export function useClusterChangeText(): (change: Pick<Change, "kind" | "subject" | "before" | "after">) => string {
  const t = useTranslations("clusters.changes");
  const health = useTranslations("clusters.health");
  return ({ kind, subject, before, after }) => {
    const word = (text: string | null) => {
      const known = HEALTHS.find((candidate) => kind === "system_health" && candidate === text);
      if (known) return health(known);
      return kind === "distribution" ? properName(text ?? "") : (text ?? "");
    };
    const named = kind.startsWith("system_") ? properName(subject ?? "") : (subject ?? "");
    const values = { subject: named, before: word(before), after: word(after) };
    const known = CLUSTER_CHANGE_KINDS.find((candidate) => candidate === kind);
    return known ? t(known, values) : t("other", { kind, ...values });
  };
}

/** What happened in a cluster, newest first. */
export function ClusterChangeList({ changes }: { changes: readonly Change[] }) {
  const textOf = useClusterChangeText();
  return (
    <ol className="flex flex-col text-table">
      {changes.map((change) => (
        <li
          key={change.id}
          className="grid grid-cols-[5.5rem_1fr] gap-x-3 border-line border-t py-1.5 first:border-t-0"
        >
          <ChangeTime at={change.observedAt ?? change.receivedAt} />
          <span className="min-w-0 break-words text-ink-muted">{textOf(change)}</span>
        </li>
      ))}
    </ol>
  );
}
