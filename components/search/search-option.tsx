"use client";

import { Box, Boxes, Cpu, HardDrive, ListFilter, MapPin, Server } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useEffect, useRef } from "react";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/components/ui/class-names";
import { foundIn, type SearchKind } from "@/server/search/model";
import { FoundState } from "./found-state";
import type { Entry } from "./search-entry";

const ICONS: Record<SearchKind, ReactNode> = {
  site: <MapPin />,
  cluster: <Boxes />,
  machine: <Server />,
  node: <Cpu />,
  application: <Box />,
  claim: <HardDrive />,
  volume: <HardDrive />,
};

/** A title with what was looked for in it marked. */
function Marked({ title, question }: { title: string; question: string }) {
  const pieces: ReactNode[] = [];
  let from = 0;
  for (const { start, end } of foundIn(title, question)) {
    pieces.push(title.slice(from, start));
    pieces.push(
      <mark key={start} className="bg-transparent font-semibold text-accent-text">
        {title.slice(start, end)}
      </mark>,
    );
    from = end;
  }
  return (
    <>
      {pieces}
      {title.slice(from)}
    </>
  );
}

/** What a line shows: an icon, a title, where it is, and how it is. */
function useParts({ of }: Entry, question: string) {
  const t = useTranslations("search");
  const where = (cluster: string | null, site: string) => (cluster ? t("in", { cluster, site }) : site);
  switch (of.type) {
    case "found": {
      const { found } = of;
      const { kind, title, clusterName, siteName, detail, isSimulated } = found;
      const place = kind === "site" ? null : where(clusterName, siteName);
      return {
        icon: ICONS[kind],
        kind: t(`kinds.${kind}`),
        title: <Marked title={title} question={question} />,
        context: [place, detail].filter((text) => text !== null).join(" · "),
        end: (
          <>
            {isSimulated ? <Badge tone="simulated">{t("simulated")}</Badge> : null}
            <FoundState found={found} />
          </>
        ),
      };
    }
    case "recent": {
      const { kind, title, clusterName, siteName } = of.recent;
      const context = kind === "site" ? "" : where(clusterName, siteName);
      return { icon: ICONS[kind], kind: t(`kinds.${kind}`), title, context, end: null };
    }
    case "list": {
      const { by, value, clusters } = of.list;
      return {
        icon: <ListFilter />,
        kind: null,
        title: t(`list.${by}`, { count: clusters, value }),
        context: "",
        end: null,
      };
    }
    case "command":
      return { icon: of.command.icon, kind: null, title: of.command.label, context: "", end: null };
  }
}

export type SearchOptionProps = {
  entry: Entry;
  /** Id of its element. */
  id: string;
  question: string;
  isActive: boolean;
  onActive: () => void;
  onChoose: (isNewTab: boolean) => void;
};

/** One line of the list. The focus stays in the field; the keys and the pointer move through the lines. */
export function SearchOption({ entry, id, question, isActive, onActive, onChoose }: SearchOptionProps) {
  const { icon, kind, title, context, end } = useParts(entry, question);
  const own = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isActive) own.current?.scrollIntoView({ block: "nearest" });
  }, [isActive]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the focus and hears the keys (ARIA combobox)
    // biome-ignore lint/a11y/useFocusableInteractive: as above; aria-activedescendant says which line is meant
    <div
      ref={own}
      id={id}
      role="option"
      aria-selected={isActive}
      onPointerMove={isActive ? undefined : onActive}
      onClick={(event) => onChoose(event.ctrlKey || event.metaKey)}
      className={cn(
        "flex min-h-10 cursor-pointer items-center gap-3 rounded-md px-3 py-1.5 text-table max-md:min-h-12",
        isActive && "bg-selected",
      )}
    >
      <span aria-hidden className="shrink-0 text-ink-faint [&_svg]:size-4">
        {icon}
      </span>
      {kind ? <span className="sr-only">{kind} </span> : null}
      <span className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-2">
        <span className="max-w-full truncate text-ink">{title}</span>
        {context ? (
          <span className="max-w-full truncate text-caption text-ink-muted">
            <Marked title={context} question={question} />
          </span>
        ) : null}
      </span>
      <span className="flex shrink-0 items-center gap-2 text-caption">{end}</span>
    </div>
  );
}
