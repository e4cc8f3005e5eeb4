"use client";

import { useTranslations } from "next-intl";
import { Hint } from "@/components/shell/hint";
import { Quantity } from "@/components/shell/quantity";
import type { Outputs } from "@/server/root";

type Pool = Outputs["storage"]["cluster"]["pools"][number];
type Formula = Pool["formula"];

/** In this order everywhere. */
export const FIGURES = ["rawBytes", "reservedBytes", "provisionedBytes", "usedBytes", "availableBytes"] as const;

/** The formula by which the figures beside it add up: one click away. */
export function FormulaHint({ formula }: { formula: Formula }) {
  const t = useTranslations("storage");
  return (
    <Hint
      content={<code className="font-mono">{t(`formulas.${formula}`)}</code>}
      className="text-caption text-ink-faint underline decoration-dotted underline-offset-2"
    >
      {t("formula")}
    </Hint>
  );
}

/** Five figures of one thing, each with its name; unknown is said. */
export function FiveFigures({ of }: { of: Pick<Pool, (typeof FIGURES)[number] | "formula"> }) {
  const t = useTranslations("storage");
  return (
    <div>
      <dl className="grid grid-cols-2 gap-x-4 gap-y-2 text-table sm:grid-cols-5">
        {FIGURES.map((name) => (
          <div key={name}>
            <dt className="text-caption text-ink-faint">{t(`figures.${name}`)}</dt>
            <dd>
              <Quantity kind="bytes" value={of[name]} />
            </dd>
          </div>
        ))}
      </dl>
      <p className="mt-1">
        <FormulaHint formula={of.formula} />
      </p>
    </div>
  );
}
