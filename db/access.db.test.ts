import { randomBytes, randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { assertRoleIsBound, type Database, openDatabase, withTenant } from "./client";
import { createTestDatabase, type TestDatabase } from "./testing/test-database";

/** Row-level security, on every table that there is: a table that a migration adds is in here without being named. */

let testDatabase: TestDatabase;
let database: Database;
let admin: pg.Client;
const organisations = { north: randomUUID(), south: randomUUID() };
type Table = { name: string; columns: string[]; can: Record<"select" | "insert" | "update" | "delete", boolean> };
let tables: Table[] = [];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  admin = new pg.Client({ connectionString: testDatabase.adminUrl });
  await admin.connect();
  database = openDatabase(testDatabase.appUrl, { applicationName: "test", connectionsMax: 2 });
  for (const [name, id] of Object.entries(organisations)) await seedOrganisation(id, name);
  const { rows } = await admin.query<Table>(`
    select c.relname as name,
      (select array_agg(a.attname::text) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
      json_build_object('select', has_table_privilege('fernblick_app', c.oid, 'select'),
        'insert', has_table_privilege('fernblick_app', c.oid, 'insert'),
        'update', has_table_privilege('fernblick_app', c.oid, 'update'),
        'delete', has_table_privilege('fernblick_app', c.oid, 'delete')) as can
    from pg_class c join pg_attribute o on o.attrelid = c.oid and o.attname = 'org_id'
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`);
  tables = rows;
});
afterAll(async () => {
  await admin.end();
  await database.close();
  await testDatabase.drop();
});

/** One row in every table of the telemetry engine. */
async function seedTelemetry(
  id: string,
  site: string | undefined,
  machine: string | undefined,
): Promise<number | undefined> {
  const { rows } = await admin.query<{ stream: number; entity: number }>(
    `with stream as (
       insert into telemetry_streams (org_id, site_id, machine_id, name) values ($1, $2, $3, 'machine') returning id),
     entity as (
       insert into telemetry_entities (org_id, stream_id, machine_id, kind, key)
       select $1, id, $3, 'machine', 'machine' from stream returning id)
     select stream.id as stream, entity.id as entity from stream, entity`,
    [id, site, machine],
  );
  const { stream, entity } = rows[0] ?? {};
  const packed = "'\\x00', '\\x00', '\\x00'";
  const statements = [
    "telemetry_dictionaries (org_id, stream_id, hash, entity_ids) values ($1, $2, '\\x0000000000000000', array[$3::int])",
    "telemetry_inbox (org_id, stream_id, dictionary_id, first_moment, last_moment, moments, frame) values ($1, $2, $3, 1, 1, 1, '')",
    `telemetry_chunks (org_id, stream_id, day, part, entity_ids, first_moment, last_moment, moments, samples, groups, head, toc, body)
     values ($1, $2, current_date, 1, array[$3::int], 1, 1, 1, 1, '{}', ${packed})`,
    `telemetry_hours (org_id, stream_id, day, entity_ids, head, toc, body) values ($1, $2, current_date, array[$3::int], ${packed})`,
    `telemetry_stream_5m (org_id, stream_id, day, part, kinds, head, toc, body)
     select $1, $2, current_date, 1, '{machine}', ${packed} where $3::int > 0`,
    `telemetry_strips_5m (org_id, kind, metric, day, quarter, strip, stream_ids, head, toc, body)
     select $1, 'machine', 1, current_date, 0, 0, array[$2::int], ${packed} where $3::int > 0`,
    "telemetry_entity_days (org_id, entity_id, day, metric, n, sum, min, max) select $1, $3, current_date, 1, 1, 1, 1, 1 where $2::int > 0",
    "telemetry_groups (org_id, kind, value) values ($1, 'all', $2::text || $3::text)",
    "telemetry_group_5m (org_id, group_id, kind, metric, at, sum, entities) select $1, $2::int, 'machine', 1, now(), 1, 1 where $3::int > 0",
    "telemetry_settings (org_id, raw_days, hour_days) select $1, 30, 400 where $2::int > 0 and $3::int > 0",
    "telemetry_misdated (org_id, stream_id, dictionary_id, first_moment, frame, reason) values ($1, $2, $3, 1, '', 'future')",
    "telemetry_audits (org_id, checked, different) values ($1, $2::int, $3::int)",
  ];
  for (const statement of statements) await admin.query(`insert into ${statement}`, [id, stream, entity]);
  await admin.query("insert into telemetry_machines (org_id, machine_id, site_id, stream_id) values ($1, $2, $3, $4)", [
    id,
    machine,
    site,
    stream,
  ]);
  return stream;
}

/** One row in every tenant table. */
async function seedOrganisation(id: string, name: string): Promise<void> {
  const one = async (text: string, values: unknown[]) => (await admin.query<{ id: string }>(text, values)).rows[0]?.id;
  await admin.query("insert into organisations (id, name) values ($1, $2)", [id, name]);
  const user = await one("insert into users (email, name) values ($1, 'Person') returning id", [`person@${name}.test`]);
  await admin.query("insert into memberships (org_id, user_id, role) values ($1, $2, 'owner')", [id, user]);
  await admin.query(
    "insert into user_sessions (id, org_id, user_id, expires_at) values ($1, $2, $3, now() + '1 day')",
    [randomUUID(), id, user],
  );
  await admin.query(
    "insert into invitations (org_id, email, role, token_hash, expires_at) values ($1, 'a@b.test', 'viewer', $2, now())",
    [id, randomBytes(32)],
  );
  const site = await one("insert into sites (org_id, name) values ($1, 'Site') returning id", [id]);
  const machine = await one(
    `insert into machines (org_id, site_id, identity_kind, identity_value, name)
     values ($1, $2, 'system_uuid', 'same in both', 'machine') returning id`,
    [id, site],
  );
  const token = await one(
    `insert into join_tokens (org_id, site_id, name, token_hash, uses_max, expires_at)
     values ($1, $2, 'Token', $3, 1, now()) returning id`,
    [id, site, randomBytes(32)],
  );
  const agent = await one(
    `insert into agents (org_id, site_id, machine_id, join_token_id, public_key, status, hostname, platform, version, interval_seconds)
     values ($1, $2, $3, $4, $5, 'active', 'host', 'linux/x64', '1', 60) returning id`,
    [id, site, machine, token, randomBytes(32)],
  );
  await admin.query(
    "insert into agent_processes (org_id, agent_id, epoch, first_seen_at, heard_at) values ($1, $2, 1, now(), now())",
    [id, agent],
  );
  await admin.query(
    `insert into telemetry_quarantine (org_id, agent_id, site_id, kind, epoch, sequence, reason, content, digest)
     values ($1, $2, $3, 'report', 1, 1, 'odd', '', $4)`,
    [id, agent, site, randomBytes(32)],
  );
  await admin.query("insert into fleet_changes (org_id, machine_id, kind) values ($1, $2, 'first_seen')", [
    id,
    machine,
  ]);
  const cluster = await one(
    "insert into clusters (org_id, site_id, uid, name) values ($1, $2, 'same', 'c') returning id",
    [id, site],
  );
  await admin.query(
    `insert into cluster_items (org_id, cluster_id, generation, kind, key, item, share)
     values ($1, $2, 1, 'node', 'n', '{}', 1)`,
    [id, cluster],
  );
  await admin.query("insert into cluster_changes (org_id, cluster_id, kind) values ($1, $2, 'first_seen')", [
    id,
    cluster,
  ]);
  await admin.query(
    `insert into cluster_applications (org_id, cluster_id, key, namespace, name, health)
     values ($1, $2, 'n/a', 'n', 'a', 'unknown')`,
    [id, cluster],
  );
  await admin.query(
    `insert into storage_units (org_id, cluster_id, kind, key, name, formula, verdict, basis, computed_at)
     values ($1, $2, 'volume', 'n/v', 'v', 'toldAvailable', 'unknown', '{}', now())`,
    [id, cluster],
  );
  await admin.query(
    "insert into storage_looks (org_id, cluster_id, looked_at, units, units_told) values ($1, $2, now(), 1, 0)",
    [id, cluster],
  );
  await admin.query("insert into saved_views (org_id, list, name, query) values ($1, 'clusters', 'View', '')", [id]);
  await admin.query("insert into operations (org_id, kind, label, total) values ($1, 'sites-import', 'somebody', 1)", [
    id,
  ]);
  const outage = await one(
    `insert into outages (org_id, cause, confidence, peers, began_from, began_to)
     values ($1, 'none', 'likely', '{}', now(), now()) returning id`,
    [id],
  );
  await admin.query(
    `insert into outage_members (org_id, outage_id, agent_id, is_sure, dark_from, dark_to)
     values ($1, $2, $3, true, now(), now())`,
    [id, outage, agent],
  );
  await admin.query("insert into search_words (org_id, word, near) values ($1, 'word', '{word}')", [id]);
  // Triggers wrote a document for each thing above; one is enough here.
  await admin.query("delete from search_documents where org_id = $1 and kind <> 'site'", [id]);
  await admin.query(
    "delete from search_new_words n where org_id = $1 and exists (select from search_new_words o where o.org_id = n.org_id and o.id < n.id)",
    [id],
  );
  await admin.query("insert into cluster_versions (org_id, cluster_id, running) values ($1, $2, '{flux 2.9}')", [
    id,
    cluster,
  ]);
  await admin.query(
    "insert into cluster_kubelets (org_id, cluster_id, cycle, nodes, control_plane_nodes) values ($1, $2, '1.33', 1, 0)",
    [id, cluster],
  );
  await admin.query("insert into support_feeds (org_id, user_id, secret_hash, language) values ($1, $2, $3, 'de')", [
    id,
    user,
    randomBytes(32),
  ]);
  const stream = await seedTelemetry(id, site, machine);
  const sender = await one(
    "insert into api_tokens (org_id, name, secret_hash, site_id) values ($1, 'Token', $2, $3) returning id",
    [id, randomBytes(32), site],
  );
  await admin.query(
    "insert into sender_targets (org_id, stream_id, sender_id, host, state) values ($1, $2, $3, 'host', '')",
    [id, stream, sender],
  );
  await admin.query(
    "insert into sender_metrics (org_id, sender_id, name, meaning, last_seen) values ($1, $2, 'm', 'unknown', now())",
    [id, sender],
  );
  await admin.query("insert into sender_sites (org_id, sender_id, name, last_seen) values ($1, $2, 'Nowhere', now())", [
    id,
    sender,
  ]);
  await admin.query(
    `insert into audit_entries (org_id, actor_kind, actor_label, action, subject_kind)
     values ($1, 'system', 'seed', 'access:invite', 'member')`,
    [id],
  );
}

const north = () => ({ orgId: organisations.north });

async function countRows(tenant: Parameters<typeof withTenant>[1], table: string, orgId: string): Promise<number> {
  const result = await withTenant(database, tenant, (tx) =>
    tx.execute(sql`select count(*)::int as n from ${sql.identifier(table)} where org_id = ${orgId}::uuid`),
  );
  return Number(result.rows[0]?.n);
}

describe("row-level security", () => {
  test("every table with an organisation has it switched on and a policy", async () => {
    const { rows } = await admin.query(`
      select c.relname from pg_class c join pg_attribute o on o.attrelid = c.oid and o.attname = 'org_id'
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        and (not c.relrowsecurity or not exists (select from pg_policy p where p.polrelid = c.oid))`);
    expect(rows).toEqual([]);
    expect(tables.length).toBeGreaterThanOrEqual(13);
  });

  test("partitions cannot be reached past the policy of their table", async () => {
    const { rows } = await admin.query(`select relname from pg_class where relispartition and relkind = 'r'
      and has_table_privilege('fernblick_app', oid, 'select, insert, update, delete')`);
    expect(rows).toEqual([]);
  });

  test("one organisation reads its own rows and none of another, in every table", async () => {
    for (const table of tables.filter((candidate) => candidate.can.select)) {
      expect([table.name, await countRows(north(), table.name, organisations.north)]).toEqual([table.name, 1]);
      expect([table.name, await countRows(north(), table.name, organisations.south)]).toEqual([table.name, 0]);
    }
  });

  test("without an organisation there are no rows, in every table", async () => {
    for (const table of tables.filter((candidate) => candidate.can.select)) {
      expect([table.name, await countRows({}, table.name, organisations.north)]).toEqual([table.name, 0]);
    }
  });

  test("one organisation cannot change or delete rows of another, in every table", async () => {
    for (const { name, can } of tables) {
      const where = sql`where org_id = ${organisations.south}::uuid`;
      if (can.update) {
        const changed = await withTenant(database, north(), (tx) =>
          tx.execute(sql`update ${sql.identifier(name)} set org_id = org_id ${where}`),
        );
        expect([name, changed.rowCount]).toEqual([name, 0]);
      }
      if (can.delete) {
        const deleted = await withTenant(database, north(), (tx) =>
          tx.execute(sql`delete from ${sql.identifier(name)} ${where}`),
        );
        expect([name, deleted.rowCount]).toEqual([name, 0]);
      }
    }
  });

  test("one organisation cannot write rows as another, in every table", async () => {
    for (const { name, can, columns } of tables.filter((candidate) => candidate.can.insert)) {
      // A copy of its own row under the other's name: whatever is wrong with the copy, the policy must speak first.
      const list = columns.map((column) => (column === "org_id" ? `'${organisations.south}'::uuid` : `"${column}"`));
      const copy = sql.raw(
        `insert into "${name}" (${columns.map((column) => `"${column}"`).join()}) overriding system value select ${list.join()} from "${name}"`,
      );
      await expect(
        withTenant(database, north(), (tx) => tx.execute(copy)),
        name,
      ).rejects.toMatchObject({ cause: { message: expect.stringContaining("row-level security") } });
      expect(can.insert).toBe(true);
    }
  });

  test("the audit log and the history can be written, and never changed or emptied", () => {
    const appendOnly = [
      "audit_entries",
      "fleet_changes",
      "telemetry_audits",
      "telemetry_chunks",
      "telemetry_entity_days",
      "telemetry_group_5m",
      "telemetry_hours",
      "telemetry_inbox",
      "telemetry_misdated",
      "telemetry_stream_5m",
      "telemetry_strips_5m",
    ];
    const rights = tables
      .filter(({ name }) => appendOnly.includes(name))
      .map(({ name, can }) => [name, can.update, can.delete]);
    expect(rights).toEqual(appendOnly.sort().map((name) => [name, false, false]));
  });

  test("500 interleaved transactions of two organisations over two connections never see each other", async () => {
    const seen = await Promise.all(
      Array.from({ length: 500 }, async (_, index) => {
        const orgId = index % 2 === 0 ? organisations.north : organisations.south;
        const result = await withTenant(database, { orgId }, (tx) => tx.execute(sql`select org_id from machines`));
        return result.rows.every((row) => row.org_id === orgId) && result.rows.length === 1;
      }),
    );
    expect(seen.every(Boolean)).toBe(true);
  });

  test("after a transaction the connection belongs to nobody", async () => {
    const lonely = openDatabase(testDatabase.appUrl, { applicationName: "test", connectionsMax: 1 });
    await withTenant(lonely, north(), (tx) => tx.execute(sql`select 1`));
    const { rows } = await lonely.pool.query("select count(*)::int as n from machines");
    await lonely.close();
    expect(rows).toEqual([{ n: 0 }]);
  });
});

describe("the role of a program", () => {
  test("is accepted when policies bind it", async () => {
    await expect(assertRoleIsBound(database)).resolves.toBeUndefined();
  });

  test("is refused when it is a superuser", async () => {
    const unbound = openDatabase(testDatabase.adminUrl, { applicationName: "test" });
    await expect(assertRoleIsBound(unbound)).rejects.toThrow("row-level security does not bind");
    await unbound.close();
  });
});
