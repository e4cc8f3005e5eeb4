"use client";

import { PanelLeftClose, PanelLeftOpen } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { cn } from "@/components/ui/class-names";
import { IconButton } from "@/components/ui/icon-button";
import { Tooltip } from "@/components/ui/tooltip";
import type { ShellArea, ShellGroup } from "./areas";
import { BrandMark } from "./brand-mark";

/** A link to an area; as an icon it carries its name for screen readers and in a tooltip. */
function AreaLink({ area, isCurrent, isIcon }: { area: ShellArea; isCurrent: boolean; isIcon: boolean }) {
  const t = useTranslations("shell");
  const count = area.needsActionCount ?? 0;
  const link = (
    <Link
      href={area.href}
      aria-current={isCurrent ? "page" : undefined}
      className={cn(
        "relative flex h-8 items-center gap-2.5 rounded-md text-table transition-colors [&_svg]:size-4 [&_svg]:shrink-0",
        isIcon ? "w-9 justify-center" : "px-2.5",
        isCurrent
          ? "bg-selected font-medium text-ink [&_svg]:text-accent-text"
          : "text-ink-muted hover:bg-pressed/60 hover:text-ink",
      )}
    >
      {area.icon}
      <span className={isIcon ? "sr-only" : "flex-1 truncate"}>{area.label}</span>
      {count > 0 ? (
        <span
          className={cn(
            "rounded-full bg-warning-soft text-micro text-warning tabular-nums",
            isIcon ? "absolute top-0 right-0 px-1" : "px-1.5 font-medium",
          )}
        >
          <span aria-hidden>{count}</span>
          <span className="sr-only">{t("needsAction", { count })}</span>
        </span>
      ) : null}
    </Link>
  );
  if (!isIcon) return link;
  return (
    <Tooltip content={area.label} side="right">
      {link}
    </Tooltip>
  );
}

export type ShellNavigationProps = {
  groups: readonly ShellGroup[];
  currentId: string | null;
  isCollapsed: boolean;
  onCollapse: (isCollapsed: boolean) => void;
  organisation: ReactNode;
};

/** The left side on a desk: organisation, the areas in their groups, and the handle that folds it to icons. */
export function ShellNavigation(props: ShellNavigationProps) {
  const { groups, currentId, isCollapsed, onCollapse, organisation } = props;
  const t = useTranslations("shell");
  return (
    <nav
      aria-label={t("navigation")}
      className={cn(
        "sticky top-0 flex h-dvh shrink-0 flex-col border-line border-r bg-sunken max-md:hidden",
        isCollapsed ? "w-14" : "w-58",
      )}
    >
      <div className={cn("flex h-13 shrink-0 items-center gap-2.5", isCollapsed ? "justify-center" : "px-4")}>
        <BrandMark />
        {isCollapsed ? null : <div className="min-w-0 flex-1 font-semibold text-body">{organisation}</div>}
      </div>
      <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-2.5 py-2">
        {groups.map((group) => (
          <div key={group.id}>
            <h2
              id={`navigation-${group.id}`}
              className={isCollapsed ? "sr-only" : "px-2.5 pb-1 font-medium text-ink-faint text-micro"}
            >
              {group.label}
            </h2>
            <ul aria-labelledby={`navigation-${group.id}`} className="flex flex-col gap-0.5">
              {group.areas.map((area) => (
                <li key={area.id}>
                  <AreaLink area={area} isCurrent={area.id === currentId} isIcon={isCollapsed} />
                </li>
              ))}
            </ul>
          </div>
        ))}
      </div>
      <div className={cn("flex shrink-0 p-2.5", isCollapsed ? "justify-center" : "justify-end")}>
        <IconButton
          label={isCollapsed ? t("expand") : t("collapse")}
          icon={isCollapsed ? <PanelLeftOpen aria-hidden /> : <PanelLeftClose aria-hidden />}
          aria-expanded={!isCollapsed}
          onClick={() => onCollapse(!isCollapsed)}
        />
      </div>
    </nav>
  );
}
