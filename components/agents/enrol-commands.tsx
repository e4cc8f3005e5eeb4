"use client";

import { useTranslations } from "next-intl";
import { useMomentText } from "@/components/shell/moment-text";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { EnrolArrivals } from "./enrol-arrivals";

export type MadeToken = { id: string; token: string; gatewayUrl: string; expiresAt: Date; usesMax: number };

/** The agent is one file; this is how it is called where it lies. */
const AGENT = "node fernblick-agent.cjs";

/** The exact commands to paste, and below them who arrives. */
export function EnrolCommands({ made, onDone }: { made: MadeToken; onDone: () => void }) {
  const t = useTranslations("agents.made");
  const moment = useMomentText();
  return (
    <div className="flex flex-col gap-4">
      <p className="text-table">{t("shownOnce", { time: moment.exact(made.expiresAt), uses: made.usesMax })}</p>
      <div>
        <h3 className="mb-1 font-medium text-table">{t("enrolStep")}</h3>
        <CodeBlock code={`${AGENT} enrol --gateway ${made.gatewayUrl} --token ${made.token}`} copyLabel={t("copy")} />
      </div>
      <div>
        <h3 className="mb-1 font-medium text-table">{t("runStep")}</h3>
        <CodeBlock code={`${AGENT} run`} copyLabel={t("copy")} />
      </div>
      <p className="text-caption text-ink-faint">{t("needs")}</p>
      <EnrolArrivals tokenId={made.id} usesMax={made.usesMax} />
      <Button variant="primary" size="large" onClick={onDone} className="max-sm:w-full sm:self-end">
        {t("done")}
      </Button>
    </div>
  );
}
