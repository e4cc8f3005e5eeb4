"use client";

import { useLocale, useTranslations } from "next-intl";
import { useMomentText } from "@/components/shell/moment-text";
import { UnknownValue } from "@/components/shell/unknown-value";
import { MACHINE_FACTS } from "@/contract/fact-names";
import type { Fact, MachineFacts } from "@/contract/telemetry";
import { quantityText } from "@/contract/units";

/** Facts that are names to compare and copy, not words to read. */
const MONO: readonly string[] = ["systemUuid", "systemSerial", "machineId", "bootId", "kernelVersion"];

function FactValue({ name, fact }: { name: string; fact: Fact }) {
  const t = useTranslations("fleet.machine");
  const locale = useLocale();
  const moment = useMomentText();
  if ("unknown" in fact) return <UnknownValue reason={fact.unknown} />;
  const { value } = fact;
  if (Array.isArray(value)) {
    if (value.length === 0) return <span className="text-ink-faint">{t("listNone")}</span>;
    return (
      <ul>
        {value.map((entry) => (
          <li key={entry} className="break-words">
            {entry}
          </li>
        ))}
      </ul>
    );
  }
  if (name === "memoryTotalBytes" && typeof value === "number") return quantityText("bytes", value, locale);
  if (name === "bootedAt") return moment.exact(new Date(String(value)));
  if (name === "virtualization" && (value === "virtual" || value === "physical")) return t(value);
  return (
    <span className={MONO.includes(name) ? "break-all font-mono text-caption" : "break-words"}>{String(value)}</span>
  );
}

/** All facts of a machine: the known ones with their value, the unknown ones with the reason. */
export function FactList({ facts }: { facts: MachineFacts }) {
  const t = useTranslations("fleet.machine.factNames");
  const known: readonly string[] = MACHINE_FACTS;
  // In the order of the contract; what a newer agent sends besides stands at the end under its own name.
  const names = [...known.filter((name) => facts[name]), ...Object.keys(facts).filter((name) => !known.includes(name))];
  return (
    <dl className="grid text-table sm:grid-cols-[14rem_1fr]">
      {names.map((name) => {
        const fact = facts[name];
        if (!fact) return null;
        return (
          <div key={name} className="contents">
            <dt className="border-line text-ink-faint sm:border-t sm:py-1.5">
              {t.has(name as "hostname") ? t(name as "hostname") : name}
            </dt>
            <dd className="min-w-0 border-line text-ink max-sm:mb-2 sm:border-t sm:py-1.5">
              <FactValue name={name} fact={fact} />
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
