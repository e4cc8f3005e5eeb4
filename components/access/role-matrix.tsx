"use client";

import { Check } from "lucide-react";
import { useTranslations } from "next-intl";
import { can, PERMISSIONS, ROLES } from "@/server/access/model";
import { permissionKey } from "./permission-key";

/** The access table itself: what each role may do, read from the rules that the server goes by. */
export function RoleMatrix() {
  const t = useTranslations("access");
  return (
    <section>
      <h2 id="role-matrix" className="mb-2 font-semibold text-heading">
        {t("matrix.title")}
      </h2>
      <table aria-labelledby="role-matrix" className="w-full table-fixed text-table md:max-w-[900px]">
        <thead>
          <tr className="text-caption text-ink-muted">
            <th scope="col" className="py-1.5 pr-4 text-left align-bottom font-medium max-md:w-[45%] md:w-[40%]">
              {t("matrix.permission")}
            </th>
            {ROLES.map((role) => (
              <th key={role} scope="col" className="py-1.5 text-center align-bottom font-medium">
                {/* On a phone five long words stand upright, so that the table needs no scrolling. */}
                <span className="inline-block max-md:rotate-180 max-md:[writing-mode:vertical-rl]">
                  {t(`roles.${role}`)}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {PERMISSIONS.map((permission) => (
            <tr key={permission} className="border-line border-t">
              <th scope="row" className="py-1.5 pr-4 text-left font-normal">
                {t(`matrix.permissions.${permissionKey(permission)}`)}
                {can({ role: "owner", hasFullScope: false }, permission) ? null : (
                  <span className="text-ink-muted">&nbsp;¹</span>
                )}
              </th>
              {ROLES.map((role) => {
                const isAllowed = can({ role, hasFullScope: true }, permission);
                return (
                  <td key={role} className="relative py-1.5 text-center">
                    {isAllowed ? <Check aria-hidden className="mx-auto size-4 text-ink" /> : null}
                    <span className="sr-only">{isAllowed ? t("matrix.yes") : t("matrix.no")}</span>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="mt-2 text-caption text-ink-muted">{t("matrix.note")}</p>
    </section>
  );
}
