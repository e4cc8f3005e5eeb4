import type access from "./messages/en/access.json";
import type agents from "./messages/en/agents.json";
import type audit from "./messages/en/audit.json";
import type clusters from "./messages/en/clusters.json";
import type errors from "./messages/en/errors.json";
import type fleet from "./messages/en/fleet.json";
import type lists from "./messages/en/lists.json";
import type outages from "./messages/en/outages.json";
import type search from "./messages/en/search.json";
import type senders from "./messages/en/senders.json";
import type shell from "./messages/en/shell.json";
import type sites from "./messages/en/sites.json";
import type storage from "./messages/en/storage.json";
import type support from "./messages/en/support.json";
import type telemetry from "./messages/en/telemetry.json";
import type ui from "./messages/en/ui.json";
import type { Locale } from "./preferences";

/** The namespaces: one file for each in `messages/<locale>/`, named after the feature. */
export const NAMESPACES = [
  "access",
  "agents",
  "audit",
  "clusters",
  "errors",
  "fleet",
  "lists",
  "outages",
  "search",
  "senders",
  "shell",
  "sites",
  "storage",
  "support",
  "telemetry",
  "ui",
] as const;

/** All texts of one language; the English files give the shape. */
export type Messages = {
  access: typeof access;
  agents: typeof agents;
  audit: typeof audit;
  clusters: typeof clusters;
  errors: typeof errors;
  fleet: typeof fleet;
  lists: typeof lists;
  outages: typeof outages;
  search: typeof search;
  senders: typeof senders;
  shell: typeof shell;
  sites: typeof sites;
  storage: typeof storage;
  support: typeof support;
  telemetry: typeof telemetry;
  ui: typeof ui;
};

/** Loads the texts of one language, merged by namespace. */
export async function loadMessages(locale: Locale): Promise<Messages> {
  const entries = await Promise.all(
    NAMESPACES.map(async (namespace) => {
      const file: { default: unknown } = await import(`./messages/${locale}/${namespace}.json`);
      return [namespace, file.default] as const;
    }),
  );
  return Object.fromEntries(entries) as Messages;
}
