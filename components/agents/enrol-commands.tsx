"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { useMomentText } from "@/components/shell/moment-text";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { StateMark } from "@/components/ui/state-mark";
import { EnrolArrivals } from "./enrol-arrivals";
import { EnrolFoot } from "./enrol-foot";
import { isThisMachineOnly } from "./gateway-reach";

export type MadeToken = { id: string; token: string; gatewayUrl: string; expiresAt: Date; usesMax: number };

/** The agent is one file; this is how it is called where it lies. */
const AGENT = "node fernblick-agent.cjs";

function Step({ title, help, children }: { title: string; help?: ReactNode; children?: ReactNode }) {
  return (
    <li>
      <h3 className="font-medium text-table">{title}</h3>
      {help ? <p className="text-caption text-ink-faint">{help}</p> : null}
      {children ? <div className="mt-1.5">{children}</div> : null}
    </li>
  );
}

/** The exact commands to paste, and below them who arrives. */
export function EnrolCommands({ made, onDone }: { made: MadeToken; onDone: () => void }) {
  const t = useTranslations("agents.made");
  const moment = useMomentText();
  const code = (chunks: ReactNode) => <code className="break-words font-mono text-ink-muted">{chunks}</code>;
  return (
    <div className="flex flex-col gap-4">
      <p className="text-table">{t("shownOnce", { time: moment.exact(made.expiresAt), uses: made.usesMax })}</p>
      <ol className="flex flex-col gap-4">
        <Step title={t("fileStep")} help={t.rich("fileHelp", { code })} />
        <Step title={t("enrolStep")} help={t("enrolHelp")}>
          <CodeBlock code={`${AGENT} enrol --gateway ${made.gatewayUrl} --token ${made.token}`} copyLabel={t("copy")} />
          {isThisMachineOnly(made.gatewayUrl) ? (
            <p className="mt-1.5 flex items-baseline gap-2 text-caption text-ink-muted">
              <StateMark state="warning" isWordHidden />
              <span>{t.rich("thisMachineOnly", { code })}</span>
            </p>
          ) : null}
        </Step>
        <Step title={t("runStep")} help={t("runHelp")}>
          <CodeBlock code={`${AGENT} run`} copyLabel={t("copy")} />
        </Step>
      </ol>
      <EnrolArrivals tokenId={made.id} usesMax={made.usesMax} />
      <EnrolFoot>
        <Button variant="primary" size="large" onClick={onDone} className="max-sm:w-full">
          {t("done")}
        </Button>
      </EnrolFoot>
    </div>
  );
}
