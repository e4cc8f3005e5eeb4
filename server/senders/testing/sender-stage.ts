import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { codeOfAbsence, ENTITY_ABSENT, PRESENT } from "@/contract/codec/block";
import { decodeFrame } from "@/contract/codec/frame";
import { createLayout, type Dictionary } from "@/contract/codec/layout";
import { fromSteps } from "@/contract/metrics";
import { senderDoor } from "@/server/senders/doors";
import { type IntakeOptions, SenderIntake } from "@/server/senders/intake";
import { makeApiToken } from "@/server/senders/secrets";
import type { Stage } from "@/server/testing/stage";

/** The doors of the senders on a free port of the loopback address. */
export type SenderGateway = {
  url: string;
  intake: SenderIntake;
  send(
    path: string,
    init: { headers?: Record<string, string>; body?: Uint8Array | Uint8Array[]; method?: string },
  ): Promise<Reply>;
  /** Settles what waits, as if so much time had passed. */
  settle(afterMs?: number): Promise<void>;
  close(): Promise<void>;
};
export type Reply = { status: number; headers: Headers; body: Buffer };

export async function startSenderGateway(stage: Stage, options: IntakeOptions = {}): Promise<SenderGateway> {
  const intake = new SenderIntake(stage.database, options);
  const log = pino({ level: "silent" });
  const server = createServer((request, response) => {
    const door = senderDoor(request.url?.split("?")[0]);
    if (door) void door(intake, request, response, log);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    intake,
    send: async (path, init) => {
      const { body, ...rest } = init;
      // In several parts it goes out chunked, without a length.
      const sent = Array.isArray(body)
        ? (ReadableStream as unknown as { from(parts: Uint8Array[]): BodyInit }).from(body)
        : body && new Uint8Array(body);
      const options: RequestInit = { method: "POST", ...rest, ...(sent ? { body: sent as BodyInit } : {}) };
      const response = await fetch(`${url}${path}`, { ...options, ...(Array.isArray(body) ? { duplex: "half" } : {}) });
      return {
        status: response.status,
        headers: response.headers,
        body: Buffer.from(await response.arrayBuffer()),
      };
    },
    settle: (afterMs = 60_000) => intake.catchUp(new Date(Date.now() + afterMs)),
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await intake.stop();
    },
  };
}

/** A token that is there without anybody having made it by hand. */
export async function addToken(
  stage: Stage,
  orgId: string,
  bound: { siteId: string } | { siteLabel: string },
  change: { expiresAt?: Date; kept?: string[] } = {},
): Promise<{ id: string; token: string }> {
  const made = makeApiToken();
  await stage.admin.query(
    `insert into api_tokens (id, org_id, name, secret_hash, site_id, site_label, expires_at)
     values ($1, $2, 'Test', $3, $4, $5, $6)`,
    [
      made.id,
      orgId,
      made.secretHash,
      "siteId" in bound ? bound.siteId : null,
      "siteLabel" in bound ? bound.siteLabel : null,
      change.expiresAt ?? null,
    ],
  );
  for (const name of change.kept ?? []) {
    await stage.admin.query(
      `insert into sender_metrics (org_id, sender_id, name, meaning, last_seen, kept)
       values ($1, $2, $3, 'unknown', now(), true)`,
      [orgId, made.id, name],
    );
  }
  return { id: made.id, token: made.token };
}

export type StoredValue = { kind: string; key: string; metric: string; moment: number; value: number | string };

/** All that lies in the inbox from one sender, oldest first: numbers in their unit, or why there is none. */
export async function readBack(stage: Stage, senderId: string): Promise<StoredValue[]> {
  const rows = await stage.rows<{ frame: Buffer; entries: Dictionary }>(
    `select i.frame, (select json_agg(json_build_object('kind', e.kind, 'key', e.key) order by p.place)
       from unnest(d.entity_ids) with ordinality as p(id, place)
       join telemetry_entities e on e.org_id = d.org_id and e.id = p.id) as entries
     from telemetry_inbox i join telemetry_streams s on s.org_id = i.org_id and s.id = i.stream_id
     join telemetry_dictionaries d on d.org_id = i.org_id and d.id = i.dictionary_id
     where s.sender_id = $1 order by i.arrived, i.first_moment`,
    [senderId],
  );
  const values: StoredValue[] = [];
  for (const { frame, entries } of rows) {
    const layout = createLayout(entries);
    const block = decodeFrame(layout, frame);
    block.moments.forEach((moment, at) => {
      for (let column = 0; column < layout.columns; column += 1) {
        const place = column * block.moments.length + at;
        const absence = block.absence[place] ?? ENTITY_ABSENT;
        const entry = entries[layout.slots[column] ?? 0];
        if (absence === ENTITY_ABSENT || !entry) continue;
        const metric = layout.metricOf(column);
        const value =
          absence === PRESENT ? fromSteps(metric, block.values[place] ?? 0) : (codeOfAbsence(absence) ?? "");
        values.push({ kind: entry.kind, key: entry.key, metric: metric.name, moment, value });
      }
    });
  }
  return values;
}
