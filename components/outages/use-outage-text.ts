import { useLocale, useTranslations } from "next-intl";
import { useCallback } from "react";
import { useMomentText } from "@/components/shell/moment-text";
import { quantityText } from "@/contract/units";
import type { Outputs } from "@/server/root";

export type Outage = Outputs["outages"]["list"]["rows"][number];
export type OutageDetail = Outputs["outages"]["get"];
type Factors = Outage["factors"];

export type OutageText = {
  factors: (factors: Factors) => string;
  title: (outage: Outage) => string;
  /** How far it reaches, and who that shares its cause is not dark: never more than is known. */
  reach: (outage: Outage) => string;
  /** Everything in lines, for a message to a colleague. */
  plain: (outage: OutageDetail, address: string) => string;
};

/** An outage in words. */
export function useOutageText(): OutageText {
  const t = useTranslations("outages");
  const locale = useLocale();
  const moment = useMomentText();
  const factors = useCallback(
    (list: Factors) => list.map(({ kind, label }) => t(`factor.${kind}`, { value: label })).join(" · "),
    [t],
  );
  const title = useCallback(
    (outage: Outage) => (outage.cause === "factor" ? factors(outage.factors) : t(`cause.${outage.cause}`)),
    [t, factors],
  );
  const reach = useCallback((outage: Outage) => reachText(outage, t), [t]);
  const plain = useCallback(
    (outage: OutageDetail, address: string) =>
      [
        `${title(outage)}: ${reachText(outage, t)}`,
        `${t(`confidence.${outage.confidence}`)}. ${t(`advice.${outage.cause}`)}`,
        outage.endedAt
          ? `${moment.exact(outage.beganTo)} – ${moment.exact(outage.endedAt)}`
          : t("since", { time: moment.exact(outage.beganTo) }),
        ...(outage.evidence ?? []).map(
          (one) =>
            `- ${factors(one.factors)}: ${t("ofAll", { part: one.dark, all: one.dark + one.answering })}, ${t("columns.recall")} ${quantityText("ratio", one.recall, locale)}`,
        ),
        ...outage.contacts.map(
          (one) => `- ${t("forSites", { count: one.sites, name: one.siteName })}: ${one.contact ?? one.owner ?? "?"}`,
        ),
        address,
      ].join("\n"),
    [t, title, factors, moment, locale],
  );
  return { factors, title, reach, plain };
}

function reachText(outage: Outage, t: ReturnType<typeof useTranslations<"outages">>): string {
  const { sites, sitesDark, peers } = outage;
  const dark = outage.machinesDark + outage.clustersDark;
  const all = outage.machines + outage.clusters;
  if (outage.endedAt !== null) return t("over", { all });
  if (dark < all) return t("still", { dark, all });
  const things = thingsText(outage, t);
  if (sites < 2) return peers ? [things, ...beside(peers.things, t)].join("; ") : things;
  const total = peers ? peers.sites.dark + peers.sites.answering + peers.sites.undecided : 0;
  // Members of whom a fact is unknown are no peers: then there may be more dark sites than the factor has.
  const places =
    peers && sitesDark <= total ? t("sitesOf", { dark: sitesDark, total }) : t("sites", { count: sitesDark });
  return [places, ...(peers ? beside(peers.sites, t) : [])].join("; ");
}

function thingsText(outage: Outage, t: ReturnType<typeof useTranslations<"outages">>): string {
  const { machinesDark: machines, clustersDark: clusters } = outage;
  if (clusters === 0) return t("things.machines", { count: machines });
  return machines === 0 ? t("things.clusters", { count: clusters }) : t("things.both", { machines, clusters });
}

function beside(
  { answering, undecided }: { answering: number; undecided: number },
  t: ReturnType<typeof useTranslations<"outages">>,
): string[] {
  return [
    ...(answering > 0 ? [t("answering", { count: answering })] : []),
    ...(undecided > 0 ? [t("undecided", { count: undecided })] : []),
  ];
}
