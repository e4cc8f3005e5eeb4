import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { openDatabase } from "@/db/client";
import { PROGRAMS } from "@/scripts/build";
import { findAgentStatus, issueLocalJoinToken } from "@/server/agents/bootstrap";
import { childEnvironment } from "./config";
import { findPrivateJson, writePrivateJson } from "./private-file";

const SITE_NAME = "Local";
const ENROL_MILLISECONDS_MAX = 30_000;

/** What the launcher needs of the agent's identity; the rest of the file is the agent's own affair. */
const Identity = z.looseObject({ agentId: z.string(), gateway: z.string() });

/**
 * Makes sure that the agent of this machine has an identity that the database knows.
 *
 * @returns false when a person revoked it: then it stays out, and nobody enrols it again behind their back
 * @throws Error in one line when the gateway does not take it in
 */
export async function enrolLocalAgent(request: {
  appUrl: string;
  organisationId: string;
  gatewayUrl: string;
  agentDir: string;
}): Promise<boolean> {
  const identityFile = join(request.agentDir, "identity.json");
  const identity = findPrivateJson(identityFile, Identity);
  const database = openDatabase(request.appUrl, { applicationName: "fernblick-launcher", connectionsMax: 1 });
  try {
    const status = identity && (await findAgentStatus(database, identity.agentId));
    if (status === "revoked") return false;
    if (identity && status) {
      // Another GATEWAY_PORT than last time: the agent is the same, its way to us is not.
      if (identity.gateway !== request.gatewayUrl) {
        writePrivateJson(identityFile, { ...identity, gateway: request.gatewayUrl });
      }
      return true;
    }
    const { token } = await issueLocalJoinToken(database, {
      organisationId: request.organisationId,
      siteName: SITE_NAME,
    });
    await runEnrol(request, token, identity !== null);
    return true;
  } finally {
    await database.close();
  }
}

async function runEnrol(
  request: { gatewayUrl: string; agentDir: string },
  token: string,
  isReplacement: boolean,
): Promise<void> {
  const place = ["--gateway", request.gatewayUrl, "--data", request.agentDir];
  const args = [PROGRAMS.agent, "enrol", ...place, "--token", token, ...(isReplacement ? ["--replace"] : [])];
  try {
    await promisify(execFile)(process.execPath, args, { env: childEnvironment({}), timeout: ENROL_MILLISECONDS_MAX });
  } catch (error) {
    const stderr = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    // Not the error's own message: it repeats the command and with it the token.
    throw new Error(
      `The agent of this machine could not be enrolled: ${stderr.split("\n").at(-1) || "no reason given"}`,
    );
  }
}
