"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Badge } from "@/components/ui/badge";
import { StateMark } from "@/components/ui/state-mark";
import type { Outputs } from "@/server/root";
import { IMPORT_CHANGES_MAX, IMPORT_PROBLEMS_MAX } from "@/server/sites/model";
import { useExpectedText } from "./use-expected-text";

type Preview = Outputs["sites"]["previewImport"];

function Table({ label, heads, children }: { label: string; heads: readonly string[]; children: ReactNode }) {
  return (
    <section className="mt-1 max-h-72 overflow-auto" tabIndex={0} aria-label={label}>
      <table className="w-full min-w-[560px] text-table">
        <thead>
          <tr className="text-left text-caption text-ink-faint">
            {heads.map((head) => (
              <th key={head} scope="col" className="py-1.5 pr-4 font-medium">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="[&_td]:border-line [&_td]:border-t [&_td]:py-1.5 [&_td]:pr-4 [&_td]:align-top">
          {children}
        </tbody>
      </table>
    </section>
  );
}

function Problems({ problems }: { problems: Preview["problems"] }) {
  const t = useTranslations("sites.import");
  const expectedText = useExpectedText();
  if (problems.length === 0) return null;
  return (
    <div>
      <h3 className="font-semibold text-body">{t("problems")}</h3>
      <Table label={t("problems")} heads={[t("line"), t("column"), t("found"), t("expected")]}>
        {problems.map(({ line, column, found, expected }) => (
          <tr key={`${line} ${column} ${expected.kind}`}>
            <td className="tabular-nums">{line}</td>
            <td className="font-mono text-caption">{column}</td>
            <td className="max-w-60 break-words">{found === "" ? t("nothing") : found}</td>
            <td>{expectedText(expected)}</td>
          </tr>
        ))}
      </Table>
      {problems.length >= IMPORT_PROBLEMS_MAX ? (
        <p className="text-caption text-ink-muted">{t("problemsMore", { count: IMPORT_PROBLEMS_MAX })}</p>
      ) : null}
    </div>
  );
}

function Changes({ preview: { changes, created, changed } }: { preview: Preview }) {
  const t = useTranslations("sites.import");
  const columns = useTranslations("sites.list.columns");
  if (changes.length === 0) return null;
  return (
    <div>
      <h3 className="font-semibold text-body">{t("changes")}</h3>
      <Table label={t("changes")} heads={[t("line"), columns("name"), t("changes")]}>
        {changes.map(({ line, name, isNew, fields }) => (
          <tr key={line}>
            <td className="tabular-nums">{line}</td>
            <td className="max-w-60 break-words font-medium">{name}</td>
            <td>
              {isNew ? <Badge tone="accent">{t("new")}</Badge> : null}
              {isNew
                ? null
                : fields.map(({ column, before, after }) => (
                    <p key={column} className="break-words">
                      <code className="font-mono text-caption text-ink-faint">{column}</code>{" "}
                      <del className="text-ink-muted">{before === "" ? t("nothing") : before}</del>
                      <span aria-hidden> → </span>
                      <ins className="no-underline">{after === "" ? t("nothing") : after}</ins>
                    </p>
                  ))}
            </td>
          </tr>
        ))}
      </Table>
      {created + changed > changes.length ? (
        <p className="text-caption text-ink-muted">{t("changesMore", { count: IMPORT_CHANGES_MAX })}</p>
      ) : null}
    </div>
  );
}

/** What an import would do, the bad rows first. */
export function ImportPreviewView({ preview }: { preview: Preview }) {
  const t = useTranslations("sites.import");
  const { created, changed, left, bad, ignoredColumns } = preview;
  return (
    <>
      <p role="status" className="flex flex-wrap gap-x-5 gap-y-1 text-table tabular-nums">
        <span>{t("created", { count: created })}</span>
        <span>{t("changed", { count: changed })}</span>
        <span className="text-ink-muted">{t("left", { count: left })}</span>
        {bad > 0 ? <StateMark state="critical" word={t("bad", { count: bad })} /> : null}
      </p>
      {ignoredColumns.length > 0 ? (
        <p className="text-table">
          <StateMark state="warning" isWordHidden /> {t("ignored", { columns: ignoredColumns.join(", ") })}
        </p>
      ) : null}
      {created + changed + bad === 0 ? <p className="text-table">{t("nothingToDo")}</p> : null}
      <Problems problems={preview.problems} />
      <Changes preview={preview} />
    </>
  );
}
