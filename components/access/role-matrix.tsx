"use client";

import { Check } from "lucide-react";
import { useTranslations } from "next-intl";
import { can, PERMISSIONS, ROLES } from "@/server/access/model";

/** The access table itself: what each role may do, read from the rules that the server goes by. */
export function RoleMatrix() {
  const t = useTranslations("access");
  return (
    <section>
      <h2 className="mb-2 font-semibold text-heading">{t("matrix.title")}</h2>
      <section className="overflow-x-auto" tabIndex={0} aria-label={t("matrix.title")}>
        <table className="w-full min-w-[620px] text-table">
          <thead>
            <tr className="text-caption text-ink-faint">
              <th scope="col" className="py-1.5 pr-4 text-left font-medium">
                {t("matrix.permission")}
              </th>
              {ROLES.map((role) => (
                <th key={role} scope="col" className="w-28 py-1.5 text-center font-medium">
                  {t(`roles.${role}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {PERMISSIONS.map((permission) => (
              <tr key={permission} className="border-line border-t">
                <th scope="row" className="py-1.5 pr-4 text-left font-normal">
                  {t(`matrix.permissions.${permission.replace(":", "_") as "fleet_read"}`)}
                  {can({ role: "owner", hasFullScope: false }, permission) ? null : (
                    <span className="ml-2 text-caption text-ink-faint">{t("matrix.wholeOrganisation")}</span>
                  )}
                </th>
                {ROLES.map((role) => (
                  <td key={role} className="py-1.5 text-center">
                    {can({ role, hasFullScope: true }, permission) ? (
                      <>
                        <Check aria-hidden className="mx-auto size-4 text-ink-muted" />
                        <span className="sr-only">{t("matrix.yes")}</span>
                      </>
                    ) : (
                      <span className="sr-only">{t("matrix.no")}</span>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}
