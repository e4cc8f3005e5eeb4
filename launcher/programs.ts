import type { LoginRoles } from "@/db/roles";
import { PROGRAMS } from "@/scripts/build";
import { ChildProgram, type ProgramPlan } from "./child-program";
import type { LauncherConfig } from "./config";

const AGENT_INTERVAL_SECONDS = 10;

export type ProgramSetting = Pick<ProgramPlan, "logsDir" | "warn" | "giveUp"> & {
  config: LauncherConfig;
  roles: LoginRoles;
  authSecret: string;
};

/** Gateway, worker and console, not started yet. Each gets the database role that it needs, and no other. */
export function createServerPrograms({
  config,
  roles,
  authSecret,
  ...plan
}: ProgramSetting): Record<"gateway" | "worker" | "console", ChildProgram> {
  const shared = { FERNBLICK_BIND: config.bindAddress };
  return {
    gateway: new ChildProgram({
      ...plan,
      name: "gateway",
      command: [PROGRAMS.gateway],
      environment: { ...shared, DATABASE_URL: roles.appUrl, GATEWAY_PORT: String(config.gatewayPort) },
    }),
    worker: new ChildProgram({
      ...plan,
      name: "worker",
      command: [PROGRAMS.worker],
      environment: { ...shared, DATABASE_URL: roles.workerUrl },
    }),
    console: new ChildProgram({
      ...plan,
      name: "console",
      command: [PROGRAMS.console],
      environment: {
        ...shared,
        DATABASE_URL: roles.appUrl,
        AUTH_SECRET: authSecret,
        PORT: String(config.port),
        HOSTNAME: config.bindAddress,
        CONSOLE_URL: config.publicConsoleUrl,
        GATEWAY_PUBLIC_URL: config.publicGatewayUrl,
      },
    }),
  };
}

/** The simulated fleet, not started yet. What goes wrong with it is told, and stops nothing else. */
export function createDemoProgram(
  plan: Pick<ProgramPlan, "logsDir" | "warn">,
  demo: { appUrl: string; organisationId: string; gatewayUrl: string; folder: string },
): ChildProgram {
  return new ChildProgram({
    ...plan,
    giveUp: plan.warn,
    name: "demo",
    // Collected early: a fleet that is looked at should not be felt.
    command: ["--max-semi-space-size=2", "--max-old-space-size=96", PROGRAMS.demo],
    environment: {
      DATABASE_URL: demo.appUrl,
      FERNBLICK_DEMO_ORGANISATION: demo.organisationId,
      FERNBLICK_DEMO_GATEWAY: demo.gatewayUrl,
      FERNBLICK_DEMO_FOLDER: demo.folder,
    },
  });
}

/** The agent for this machine, not started yet. It reads more often than others, so that a newcomer sees life. */
export function createAgentProgram(
  plan: Pick<ProgramPlan, "logsDir" | "warn" | "giveUp">,
  agentDir: string,
): ChildProgram {
  return new ChildProgram({
    ...plan,
    name: "agent",
    command: [PROGRAMS.agent, "run", "--data", agentDir],
    environment: { FERNBLICK_AGENT_INTERVAL: String(AGENT_INTERVAL_SECONDS) },
  });
}
