"use client";

import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { DataTable } from "@/components/table/data-table";
import { SearchField } from "@/components/table/search-field";
import { AGENTS_MAX } from "@/server/agents/model";
import { useAgentColumns } from "./agent-columns";
import type { AgentRow } from "./agent-figures";
import { isFoundBy } from "./find-agent";

export type AgentTableProps = {
  agents: AgentRow[];
  /** The agent whose panel is open. */
  openId: string | null;
  onOpen: (agentId: string) => void;
};

/** All agents, one honest row each; found by anything that a person may hold in hand: name, site, serial, id. */
export function AgentTable({ agents, openId, onOpen }: AgentTableProps) {
  const t = useTranslations("agents.table");
  const columns = useAgentColumns();
  const [search, setSearch] = useState("");
  const found = useMemo(() => agents.filter((agent) => isFoundBy(agent, search)), [agents, search]);
  return (
    <DataTable
      id="agents"
      label={t("label")}
      columns={columns}
      rows={found}
      total={found.length}
      getRowId={(agent) => agent.id}
      getRowName={(agent) => agent.hostname}
      getRowVersion={(agent) => `${agent.status} ${agent.connectivity}`}
      onOpen={(agent) => onOpen(agent.id)}
      currentRowId={openId}
      toolbar={
        <>
          <h2 className="mr-3 font-semibold text-heading">{t("title")}</h2>
          <SearchField label={t("search")} value={search} onSearch={setSearch} />
          {agents.length >= AGENTS_MAX ? (
            <p className="text-caption text-ink-muted">{t("cut", { count: AGENTS_MAX })}</p>
          ) : null}
        </>
      }
      isFiltered={search !== ""}
      onClearFilters={() => setSearch("")}
    />
  );
}
