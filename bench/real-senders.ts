import { createHash, randomBytes, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { openDatabase } from "@/db/client";
import { compactAll } from "./ingest/disk";
import { readOptions } from "./options";
import { openStage, type Stage } from "./programs/stage";
import {
  type RealSender,
  type SenderPlan,
  startOtelSender,
  startPrometheusSender,
  startVmagentSender,
} from "./senders/real-sender";
import { type Arrival, compareLoad } from "./senders/stored-load";

/**
 * `npm run bench:real-senders`: other people's senders against the real gateway, with the gateway stopped, with Postgres
 * stopped, and with the look-up of tokens failing, for a minute each. A table for people, and last one JSON object.
 */

/** `--fault "postgres stopped"` runs one of them only. */
const options = readOptions({ seconds: 60, "interval-seconds": 5, "settle-seconds": 60, fault: "all" });
const START = { prometheus: startPrometheusSender, vmagent: startVmagentSender, otel: startOtelSender };

type Token = { id: string; text: string };
type Row = Arrival & { sender: string; fault: string; statuses: Record<string, number> };

/** A fault begins, lasts and ends; resolves when everything runs again. */
const FAULTS: Record<string, (stage: Stage, gateway: Gateway) => Promise<void>> = {
  none: () => delay(options.seconds * 1000),
  "gateway stopped": async (_stage, gateway) => {
    await gateway.stop();
    await delay(options.seconds * 1000);
    await gateway.start();
  },
  "postgres stopped": async (stage) => {
    await stage.stopPostgres();
    await delay(options.seconds * 1000);
    await stage.restartPostgres();
  },
  "token look-up fails": async (stage) => {
    await stage.admin.query("revoke select on api_tokens from fernblick_app");
    await delay(options.seconds * 1000);
    await stage.admin.query("grant select on api_tokens to fernblick_app");
  },
};

type Gateway = { port: number; start(): Promise<void>; stop(): Promise<void> };

async function runGateway(stage: Stage): Promise<Gateway> {
  let running = await stage.startGateway();
  const { port } = running;
  return {
    port,
    stop: () => running.end(),
    start: async () => {
      running = await stage.startGateway(port);
    },
  };
}

async function createToken(stage: Stage, orgId: string, siteId: string, name: string): Promise<Token> {
  const id = randomUUID();
  const secret = randomBytes(32).toString("base64url");
  await stage.admin.query(
    "insert into api_tokens (id, org_id, name, secret_hash, site_id) values ($1, $2, $3, $4, $5)",
    [id, orgId, name, createHash("sha256").update(secret).digest(), siteId],
  );
  return { id, text: `fbk_${id}_${secret}` };
}

/** Waits until all that was read is stored, or until time is over: what is missing then is lost. */
async function settle(
  stage: Stage,
  orgId: string,
  senders: { sender: RealSender; token: Token }[],
): Promise<Arrival[]> {
  const taken = senders.map(({ sender }) => sender.taken());
  const deadline = Date.now() + options["settle-seconds"] * 1000;
  for (;;) {
    const worker = openDatabase(stage.roles.workerUrl, { applicationName: "bench-worker", connectionsMax: 2 });
    await compactAll(worker, orgId);
    await worker.close();
    const arrivals: Arrival[] = [];
    for (const [index, { token }] of senders.entries()) {
      arrivals.push(await compareLoad(stage.admin, orgId, token.id, taken[index] ?? 0));
    }
    if (arrivals.every(({ lost }) => lost === 0) || Date.now() > deadline) return arrivals;
    await delay(1_000);
  }
}

async function runFault(fault: string): Promise<Row[]> {
  const stage = await openStage("senders");
  const started: { sender: RealSender; token: Token }[] = [];
  try {
    const gateway = await runGateway(stage);
    const orgId = randomUUID();
    const siteId = randomUUID();
    await stage.admin.query("insert into organisations (id, name) values ($1, 'Bench')", [orgId]);
    await stage.admin.query("insert into sites (org_id, id, name) values ($1, $2, 'Edge')", [orgId, siteId]);
    for (const [name, start] of Object.entries(START)) {
      const token = await createToken(stage, orgId, siteId, name);
      const plan: SenderPlan = {
        folder: stage.folder,
        gatewayPort: gateway.port,
        token: token.text,
        intervalSeconds: options["interval-seconds"],
      };
      started.push({ sender: await start(plan), token });
    }
    await delay(3 * options["interval-seconds"] * 1000);
    await FAULTS[fault]?.(stage, gateway);
    await delay(3 * options["interval-seconds"] * 1000);
    const arrivals = await settle(stage, orgId, started);
    return started.map(({ sender }, index) => ({
      sender: sender.name,
      fault,
      ...(arrivals[index] ?? { taken: 0, stored: 0, lost: 0, doubled: 0 }),
      statuses: sender.wire.statuses(),
    }));
  } finally {
    for (const { sender } of started) await sender.stop();
    await stage.close();
  }
}

const rows: Row[] = [];
for (const fault of Object.keys(FAULTS).filter((name) => [name, "all"].includes(options.fault))) {
  const found = await runFault(fault);
  for (const { sender, taken, lost, doubled, statuses } of found) {
    console.log(`${fault}: ${sender}: ${taken} read, ${lost} lost, ${doubled} doubled, ${JSON.stringify(statuses)}`);
  }
  rows.push(...found);
}
console.log(JSON.stringify({ secondsOfFault: options.seconds, rows }));
