import { assertRoleIsBound, openDatabase } from "@/db/client";
import { ConfigError, readGatewayConfig } from "@/server/config";
import { log } from "@/server/log";
import { SenderIntake } from "@/server/senders/intake";
import { RunNote } from "./run-note";
import { createGateway } from "./server";

/** However long the goodbye takes, the program ends. */
const STOP_MS_MAX = 20_000;

/** The gateway program: the one door for agents and senders. Any number of them may run side by side. */
async function main(): Promise<void> {
  const config = readGatewayConfig();
  log.level = config.FERNBLICK_LOG_LEVEL;
  const database = openDatabase(config.DATABASE_URL, { applicationName: "fernblick-gateway" });
  await assertRoleIsBound(database);
  const senders = new SenderIntake(database, {
    onError: (error) => log.warn({ err: error }, "senders: what waits could not be settled; it is tried again"),
  });
  senders.start();
  const gateway = createGateway(
    {
      database,
      intervalSeconds: config.FERNBLICK_INTERVAL,
      senders,
      limits: { organisationBytesPerSecond: config.FERNBLICK_ORGANISATION_BYTES },
    },
    log,
  );
  const run = new RunNote(database, log);
  await gateway.listen(config.GATEWAY_PORT, config.FERNBLICK_BIND);
  run.start();
  log.info({ port: config.GATEWAY_PORT }, "gateway listens");

  let isStopping = false;
  const stop = async () => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => process.exit(0), STOP_MS_MAX).unref();
    run.stop();
    await gateway.stop();
    await senders
      .stop()
      .catch((error: unknown) => log.warn({ err: error }, "senders: the last counts were not written"));
    await database.close();
    process.exit(0);
  };
  const onSignal = () =>
    void stop().catch((error: unknown) => {
      log.error({ err: error }, "the gateway could not stop in order");
      process.exit(1);
    });
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

main().catch((error: unknown) => {
  if (error instanceof ConfigError) process.stderr.write(`gateway: ${error.message}\n`);
  else process.stderr.write(`gateway: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
