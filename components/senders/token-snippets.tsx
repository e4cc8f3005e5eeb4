"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { useMomentText } from "@/components/shell/moment-text";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { Tabs } from "@/components/ui/tabs";
import { SNIPPET_PROGRAMS, type SnippetProgram, senderSnippet } from "./sender-snippets";

export type MadeToken = {
  id: string;
  token: string;
  expiresAt: Date | null;
  gatewayUrl: string;
  siteLabel: string | null;
};

/** The token, this once, and the configurations that it stands in. */
export function TokenSnippets({ made, onDone }: { made: MadeToken; onDone: () => void }) {
  const t = useTranslations("senders.made");
  const moment = useMomentText();
  const [program, setProgram] = useState<SnippetProgram>("prometheus");
  return (
    <div className="flex flex-col gap-4">
      <p className="text-table">
        {made.expiresAt ? t("shownOnceUntil", { time: moment.exact(made.expiresAt) }) : t("shownOnce")}
      </p>
      <CodeBlock code={made.token} copyLabel={t("copyToken")} />
      <Tabs
        label={t("programs")}
        value={program}
        onValueChange={setProgram}
        tabs={SNIPPET_PROGRAMS.map((name) => ({
          value: name,
          label: t(`program.${name}`),
          content: (
            <div className="flex flex-col gap-2">
              <p className="text-caption text-ink-muted">{t(`help.${name}`)}</p>
              <CodeBlock code={senderSnippet(name, made)} copyLabel={t("copy")} />
            </div>
          ),
        }))}
      />
      {made.siteLabel ? (
        <p className="text-caption text-ink-muted">{t("labelHelp", { label: made.siteLabel })}</p>
      ) : null}
      <div className="flex justify-end">
        <Button variant="primary" size="large" onClick={onDone} className="max-sm:w-full">
          {t("done")}
        </Button>
      </div>
    </div>
  );
}
