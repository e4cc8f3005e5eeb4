import type { KnownAgent } from "@/server/agents/agent-directory";
import { AgentLink } from "@/server/telemetry/agent-link";

/** An agent that comes again within this time finds its dictionaries in memory. */
const KEPT_MS = 15 * 60_000;
const LINKS_MAX = 20_000;

/** What is known of agents beyond one connection or request. */
export class AgentLinks {
  readonly #links = new Map<string, AgentLink>();

  open(agent: KnownAgent, now: number): AgentLink {
    const known = this.#links.get(agent.id);
    const link = known?.orgId === agent.orgId ? known : new AgentLink(agent);
    link.siteId = agent.siteId;
    link.usedAt = now;
    // Behind all others: those that were used longest ago stand in front.
    this.#links.delete(agent.id);
    this.#links.set(agent.id, link);
    return link;
  }

  /** The organisation of an agent that was here lately, before it has proven itself again. */
  organisationOf(agentId: string): string | null {
    return this.#links.get(agentId)?.orgId ?? null;
  }

  sweep(now: number): void {
    for (const [agentId, link] of this.#links) {
      if (link.usedAt > now - KEPT_MS && this.#links.size <= LINKS_MAX) return;
      this.#links.delete(agentId);
    }
  }
}
