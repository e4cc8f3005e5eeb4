import { assertRoleIsBound, openDatabase } from "@/db/client";
import { ConfigError, readGatewayConfig } from "@/server/config";
import { log } from "@/server/log";
import { createGateway } from "./server";

/** The gateway program: the one door for agents. Any number of them may run side by side. */
async function main(): Promise<void> {
  const config = readGatewayConfig();
  log.level = config.FERNBLICK_LOG_LEVEL;
  const database = openDatabase(config.DATABASE_URL, { applicationName: "fernblick-gateway" });
  await assertRoleIsBound(database);
  const server = createGateway({ database, intervalSeconds: config.FERNBLICK_INTERVAL }, log);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(config.GATEWAY_PORT, config.FERNBLICK_BIND, resolve);
  });
  log.info({ port: config.GATEWAY_PORT }, "gateway listens");

  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    // Requests in work are finished and answered; what arrives now finds no door and comes back later.
    server.close(() => void database.close().then(() => process.exit(0)));
    server.closeIdleConnections();
    setTimeout(() => process.exit(0), 8_000).unref();
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

main().catch((error: unknown) => {
  if (error instanceof ConfigError) process.stderr.write(`gateway: ${error.message}\n`);
  else process.stderr.write(`gateway: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
