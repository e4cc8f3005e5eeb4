"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { useMomentText } from "@/components/shell/moment-text";
import { CodeBlock } from "@/components/ui/code-block";
import { Dialog } from "@/components/ui/dialog";
import type { Reason } from "@/contract/cluster/health";
import type { Health } from "@/contract/cluster/healths";
import { isPast } from "./cluster-columns";
import { HealthMark } from "./health-mark";
import type { Cluster } from "./item-source";
import { ReasonList } from "./reasons";

type Item = { health?: Health; reasons?: Reason[] };

/** All that was told of one item: how it is and why in words, and the rest as the agent wrote it. */
export function ItemPanel<I extends object>(props: {
  title: string;
  item: I;
  cluster: Cluster;
  /** What is known of it beside that. */
  more?: ReactNode;
  onClose: () => void;
}) {
  const { title, item, cluster, more, onClose } = props;
  const t = useTranslations("clusters.items");
  const moment = useMomentText();
  const { health, reasons = [], ...rest } = item as I & Item;
  return (
    <Dialog isOpen onOpenChange={(isOpen) => !isOpen && onClose()} shape="panel" title={title}>
      <div className="flex flex-col gap-4 text-table">
        {health ? <HealthMark health={health} isPast={isPast(cluster)} /> : null}
        {reasons.length > 0 ? <ReasonList reasons={reasons} /> : null}
        {more}
        <h3 className="font-medium">
          {t("told", { time: cluster.lastReceivedAt ? moment.exact(cluster.lastReceivedAt) : t("never") })}
        </h3>
        <CodeBlock code={JSON.stringify(rest, null, 2)} />
      </div>
    </Dialog>
  );
}
