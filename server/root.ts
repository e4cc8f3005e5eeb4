import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
import { accessRouter } from "./access/router";
import { agentsRouter } from "./agents/router";
import { auditRouter } from "./audit/router";
import { clustersRouter } from "./clusters/router";
import { fleetRouter } from "./fleet/router";
import { listsRouter } from "./lists/router";
import { operationsRouter } from "./operations/router";
import { outagesRouter } from "./outages/router";
import { searchRouter } from "./search/router";
import { sendersRouter } from "./senders/router";
import { sitesRouter } from "./sites/router";
import { storageRouter } from "./storage/router";
import { supportRouter } from "./support/router";
import { telemetryRouter } from "./telemetry/router";
import { router } from "./trpc";

export const appRouter = router({
  access: accessRouter,
  agents: agentsRouter,
  audit: auditRouter,
  clusters: clustersRouter,
  fleet: fleetRouter,
  lists: listsRouter,
  operations: operationsRouter,
  outages: outagesRouter,
  search: searchRouter,
  senders: sendersRouter,
  sites: sitesRouter,
  storage: storageRouter,
  support: supportRouter,
  telemetry: telemetryRouter,
});

/** Screens import these types and nothing else of the server's code but pure models. */
export type AppRouter = typeof appRouter;
export type Inputs = inferRouterInputs<AppRouter>;
export type Outputs = inferRouterOutputs<AppRouter>;
