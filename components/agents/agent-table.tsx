"use client";

import { useTranslations } from "next-intl";
import { DataTable } from "@/components/table/data-table";
import { SearchField } from "@/components/table/search-field";
import { useAgentColumns } from "./agent-columns";
import type { AgentRow } from "./agent-figures";

export type AgentTableProps = {
  /** Those that are loaded so far. */
  agents: AgentRow[];
  total: number;
  search: string;
  onSearch: (search: string) => void;
  /** The agent whose panel is open. */
  openId: string | null;
  onOpen: (agentId: string) => void;
  onEndReached: () => void;
  isLoadingMore: boolean;
};

/** All agents, one honest row each; found by anything that a person may hold in hand: name, site, serial, id. */
export function AgentTable(props: AgentTableProps) {
  const { agents, total, search, onSearch, openId, onOpen, onEndReached, isLoadingMore } = props;
  const t = useTranslations("agents.table");
  const columns = useAgentColumns();
  return (
    <DataTable
      id="agents"
      label={t("label")}
      columns={columns}
      rows={agents}
      total={total}
      getRowId={(agent) => agent.id}
      getRowName={(agent) => agent.hostname}
      getRowVersion={(agent) => `${agent.status} ${agent.connectivity}`}
      onOpen={(agent) => onOpen(agent.id)}
      currentRowId={openId}
      onEndReached={onEndReached}
      isLoadingMore={isLoadingMore}
      toolbar={
        <>
          <h2 className="mr-3 font-semibold text-heading">{t("title")}</h2>
          <SearchField label={t("search")} value={search} onSearch={onSearch} />
        </>
      }
      isFiltered={search !== ""}
      onClearFilters={() => onSearch("")}
    />
  );
}
