"use client";

import { useQuery } from "@tanstack/react-query";
import {
  AppWindow,
  Boxes,
  Cable,
  CalendarClock,
  ChartNoAxesColumn,
  ClipboardList,
  Database,
  HardDrive,
  LayoutDashboard,
  MapPin,
  PackageX,
  RadioTower,
  Satellite,
  Server,
  Unplug,
  Users,
} from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import type { Permission } from "@/server/access/model";
import type { ShellGroup } from "./areas";
import { LiveStatus, LiveUpdates } from "./live-updates";
import { Shell } from "./shell";
import { useTRPC } from "./trpc-provider";

/** The areas of the product that exist, limited to those that this person may open. */
function useGroups(permissions: readonly Permission[]): ShellGroup[] {
  const t = useTranslations("shell");
  const trpc = useTRPC();
  const isAsking = permissions.includes("agents:read");
  const { data: agents } = useQuery(trpc.agents.counts.queryOptions(undefined, { enabled: isAsking }));
  const waiting = agents?.waiting ?? 0;
  const { data: quarantined = 0 } = useQuery(
    trpc.telemetry.quarantine.count.queryOptions(undefined, { enabled: isAsking }),
  );
  const isReading = permissions.includes("fleet:read");
  const { data: outages = 0 } = useQuery(trpc.outages.count.queryOptions(undefined, { enabled: isReading }));
  const areas = {
    fleet: [
      { id: "overview", permission: "fleet:read", href: "/fleet", icon: <LayoutDashboard /> },
      { id: "sites", permission: "fleet:read", href: "/sites", icon: <MapPin /> },
      { id: "outages", permission: "fleet:read", href: "/outages", icon: <Unplug />, needsActionCount: outages },
      { id: "clusters", permission: "fleet:read", href: "/clusters", icon: <Boxes /> },
      { id: "machines", permission: "fleet:read", href: "/fleet/machines", icon: <Server /> },
      { id: "applications", permission: "fleet:read", href: "/applications", icon: <AppWindow /> },
      { id: "capacity", permission: "fleet:read", href: "/storage", icon: <HardDrive /> },
      { id: "support", permission: "fleet:read", href: "/support", icon: <CalendarClock /> },
      { id: "link", permission: "telemetry:read", href: "/link", icon: <Cable /> },
      { id: "compare", permission: "telemetry:read", href: "/telemetry/compare", icon: <ChartNoAxesColumn /> },
    ],
    team: [
      { id: "enrolment", permission: "agents:read", href: "/agents", icon: <RadioTower />, needsActionCount: waiting },
      { id: "senders", permission: "senders:read", href: "/senders", icon: <Satellite /> },
      {
        id: "quarantine",
        permission: "agents:read",
        href: "/telemetry/quarantine",
        icon: <PackageX />,
        needsActionCount: quarantined,
      },
      { id: "team", permission: "access:own", href: "/access", icon: <Users /> },
      { id: "audit", permission: "audit:read", href: "/audit", icon: <ClipboardList /> },
      { id: "storage", permission: "access:read", href: "/telemetry/storage", icon: <Database /> },
    ],
  } as const;
  const of = (group: keyof typeof areas) => ({
    id: group,
    label: t(`groups.${group}`),
    areas: areas[group]
      .filter((area) => permissions.includes(area.permission))
      .map((area) => ({ ...area, label: t(`areas.${area.id}`) })),
  });
  return [of("fleet"), of("team")];
}

export type ConsoleShellProps = {
  organisation: string;
  permissions: readonly Permission[];
  /** The menu of the signed-in person. */
  account: ReactNode;
  /** The way into the search, in the top bar and in the bottom bar of a phone. */
  search: ReactNode;
  searchBelow: ReactNode;
  children: ReactNode;
};

/** Navigation and live updates around every page of the console. */
export function ConsoleShell({ organisation, permissions, children, ...places }: ConsoleShellProps) {
  const groups = useGroups(permissions);
  return (
    <LiveUpdates>
      <Shell groups={groups} organisation={organisation} live={<LiveStatus />} {...places}>
        {children}
      </Shell>
    </LiveUpdates>
  );
}
