"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { SelectorInput } from "@/components/lists/selector-input";
import { SelectorPreview } from "@/components/lists/selector-preview";
import { useQueryFailure } from "@/components/shell/query-error";
import { useTRPC } from "@/components/shell/trpc-provider";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { StateMark } from "@/components/ui/state-mark";
import { can, PERMISSIONS, type Role } from "@/server/access/model";
import { permissionKey } from "./permission-key";
import { selectorProblem } from "./selector-problem";
import { useSettled } from "./use-settled";

/** `null` is all sites; a text is a selector, which may still be unfinished. */
export type Reach = string | null;

/** True when a reach can be saved as it stands. */
export function isReachComplete(reach: Reach): boolean {
  return reach === null || selectorProblem(reach) === null;
}

const SETTLE_MILLISECONDS = 300;

/** What the reach matches at this moment. Nothing is said of a selector that is still being typed. */
function Preview({ reach }: { reach: Reach }) {
  const t = useTranslations("access.reachField");
  const trpc = useTRPC();
  const failureOf = useQueryFailure();
  const asked = useSettled(reach, SETTLE_MILLISECONDS);
  const { data, error } = useQuery(
    trpc.access.scope.preview.queryOptions({ scopeSelector: asked }, { enabled: isReachComplete(asked) }),
  );
  if (asked !== reach || (!data && !error)) return t("checking");
  if (!data) return <StateMark state="unknown" word={failureOf(error).text} className="whitespace-normal" />;
  // Which part excludes everything is worth more than that something does.
  if (data.sites === 0 && reach !== null) {
    return (
      <>
        <SelectorPreview kind="site" selector={reach} /> {t("seesNothing")}
      </>
    );
  }
  return t("matches", { sites: data.sites, total: data.sitesTotal, machines: data.machines });
}

/** What this role loses when its reach is limited, which nobody would guess. */
function LostRights({ role }: { role: Role }) {
  const t = useTranslations("access");
  const lost = PERMISSIONS.filter(
    (permission) => can({ role, hasFullScope: true }, permission) && !can({ role, hasFullScope: false }, permission),
  );
  if (lost.length === 0) return null;
  // Some of the names have commas of their own, so commas cannot part them.
  const rights = lost.map((permission) => t(`matrix.permissions.${permissionKey(permission)}`)).join(" · ");
  return <p className="text-caption text-ink-muted">{t("reachField.lost", { rights })}</p>;
}

export type ReachFieldProps = { role: Role; reach: Reach; onReach: (reach: Reach) => void };

/** Which sites a role reaches, with what that means right now. */
export function ReachField({ role, reach, onReach }: ReachFieldProps) {
  const t = useTranslations("access.reachField");
  const problem = reach === null ? null : selectorProblem(reach);
  const preview = (
    <span role="status">
      <Preview reach={reach} />
    </span>
  );
  return (
    <div className="flex flex-col gap-4">
      <Field label={t("label")} help={reach === null ? preview : undefined}>
        <Select
          value={reach === null ? "all" : "some"}
          onValueChange={(value) => onReach(value === "all" ? null : "")}
          options={[
            { value: "all", label: t("all") },
            { value: "some", label: t("some") },
          ]}
        />
      </Field>
      {reach === null ? null : (
        <>
          <Field
            label={t("selector")}
            help={problem === null ? preview : t("help")}
            error={
              problem === null || problem === "empty"
                ? undefined
                : t("problem", {
                    position: problem.position + 1,
                    found: problem.found === null ? t("end") : t("text", { text: problem.found }),
                    expected: t(`expected.${problem.expected}`),
                  })
            }
          >
            <SelectorInput kind="site" value={reach} onText={onReach} />
          </Field>
          <LostRights role={role} />
        </>
      )}
    </div>
  );
}
