"use client";

import { useTranslations } from "next-intl";
import { Field } from "@/components/ui/field";
import { FormProblem } from "@/components/ui/form-problem";
import { Select } from "@/components/ui/select";
import type { Role } from "@/server/access/model";
import { type Reach, ReachField } from "./reach-field";

export type RoleAndReachProps = {
  roles: readonly Role[];
  role: Role;
  onRole: (role: Role) => void;
  reach: Reach;
  onReach: (reach: Reach) => void;
  /** Why saving did not work. */
  problem: string | null;
};

/** What somebody may do and where; the same for an invitation and for a member. */
export function RoleAndReach({ roles, role, onRole, reach, onReach, problem }: RoleAndReachProps) {
  const t = useTranslations("access");
  return (
    <>
      <Field label={t("team.role")}>
        <Select
          value={role}
          onValueChange={onRole}
          options={roles.map((value) => ({ value, label: t(`roles.${value}`) }))}
        />
      </Field>
      <ReachField role={role} reach={reach} onReach={onReach} />
      <FormProblem text={problem} />
    </>
  );
}
