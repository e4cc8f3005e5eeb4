import { hash } from "@node-rs/argon2";
import pg from "pg";

export type DemoAccount = {
  role: "owner" | "admin" | "operator" | "viewer" | "auditor";
  email: string;
  password: string;
};

const ORGANISATION_NAME = "Fernblick Demo";
const PERSON_NAMES: Record<DemoAccount["role"], string> = {
  owner: "Olga Owner",
  admin: "Adam Admin",
  operator: "Otto Operator",
  viewer: "Vera Viewer",
  auditor: "Aydin Auditor",
};

/**
 * Makes an organisation of their own with one account for each role, or sets the passwords of these accounts to the
 * ones given. Run again, it changes nothing else: a role that was changed in the console stays changed. Organisations
 * that are there already are not touched: demo accounts see nothing of them.
 */
export async function seedDemoAccounts(adminUrl: string, accounts: DemoAccount[]): Promise<{ organisationId: string }> {
  const client = new pg.Client({ connectionString: adminUrl, application_name: "fernblick-seed" });
  await client.connect();
  try {
    await client.query("begin");
    const found = await client.query<{ id: string }>(
      `select m.org_id as id from memberships m join users u on u.id = m.user_id
       where u.email = any ($1) order by m.created_at limit 1`,
      [accounts.map((account) => account.email)],
    );
    const organisationId =
      found.rows[0]?.id ??
      (
        await client.query<{ id: string }>("insert into organisations (name) values ($1) returning id", [
          ORGANISATION_NAME,
        ])
      ).rows[0]?.id;
    if (!organisationId) throw new Error("insert into organisations gave no row");
    for (const { role, email, password } of accounts) {
      const user = await client.query<{ id: string }>(
        `insert into users (email, name, password_hash) values ($1, $2, $3)
         on conflict (email) do update set password_hash = excluded.password_hash returning id`,
        [email, PERSON_NAMES[role], await hash(password)],
      );
      await client.query(
        "insert into memberships (org_id, user_id, role) values ($1, $2, $3) on conflict (org_id, user_id) do nothing",
        [organisationId, user.rows[0]?.id, role],
      );
    }
    await client.query("commit");
    return { organisationId };
  } catch (error) {
    await client.query("rollback");
    throw error;
  } finally {
    await client.end();
  }
}
