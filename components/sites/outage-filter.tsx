import { X } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { outageHref } from "@/components/outages/outage-href";
import { IconButton } from "@/components/ui/icon-button";
import { StateMark } from "@/components/ui/state-mark";
import type { OutageSites } from "./use-outage-sites";

/** Says that only the sites of one outage are shown, leads back to it, and lets go of it. */
export function OutageFilter({ outage, onClear }: { outage: OutageSites; onClear: () => void }) {
  const t = useTranslations("sites.list");
  if (outage.outageId === null) return null;
  return (
    <p className="flex w-full items-center justify-between gap-2 rounded-md bg-sunken py-1 pr-1 pl-3 text-table">
      {outage.isUnknown ? (
        <StateMark state="unknown" word={t("outageUnknown")} />
      ) : (
        <Link href={outageHref(outage.outageId)} className="min-w-0 truncate text-accent-text underline">
          {t("ofOutage", { name: outage.title ?? "…" })}
        </Link>
      )}
      <IconButton size="small" label={t("allSites")} icon={<X aria-hidden />} onClick={onClear} />
    </p>
  );
}
