import pg from "pg";

export type FirstOwner = {
  organisationName: string;
  email: string;
  name: string;
  /** argon2id; null for somebody who signs in through OpenID Connect only. */
  passwordHash: string | null;
};

/** Why nobody was made owner; nothing was changed. */
export class OwnerExistsError extends Error {
  override readonly name = "OwnerExistsError";
}

/**
 * Makes the first owner of an organisation, and the organisation where there is none of that name. Whoever comes after
 * is invited in the console. Somebody who has an account already keeps its name and password.
 *
 * @param adminUrl the role that migrates: the programs' own may make no organisations
 * @throws OwnerExistsError when the organisation has an owner; Error when two organisations have this name
 */
export async function createFirstOwner(
  adminUrl: string,
  owner: FirstOwner,
): Promise<{ organisationId: string; userId: string; isNewAccount: boolean }> {
  const client = new pg.Client({ connectionString: adminUrl, application_name: "fernblick-create-owner" });
  await client.connect();
  try {
    await client.query("begin");
    // Two at the same time would both find no owner.
    await client.query("lock table memberships in share row exclusive mode");
    const organisationId = await getOrCreateOrganisation(client, owner.organisationName);
    const present = await client.query<{ email: string }>(
      `select u.email from memberships m join users u on u.id = m.user_id
       where m.org_id = $1 and m.role = 'owner' and u.disabled_at is null limit 1`,
      [organisationId],
    );
    if (present.rows[0]) {
      throw new OwnerExistsError(
        `${owner.organisationName} has an owner (${present.rows[0].email}); others are invited in the console`,
      );
    }
    const email = owner.email.trim().toLowerCase();
    const made = await client.query<{ id: string }>(
      "insert into users (email, name, password_hash) values ($1, $2, $3) on conflict (email) do nothing returning id",
      [email, owner.name, owner.passwordHash],
    );
    const userId = made.rows[0]?.id ?? (await idOf(client, "select id from users where email = $1", [email]));
    await client.query(
      `insert into memberships (org_id, user_id, role) values ($1, $2, 'owner')
       on conflict (org_id, user_id) do update set role = 'owner', scope_selector = null`,
      [organisationId, userId],
    );
    await client.query(
      `insert into audit_entries (org_id, actor_kind, actor_label, action, subject_kind, subject_id, subject_label)
       values ($1, 'system', 'create-owner', 'access:owner-create', 'user', $2, $3)`,
      [organisationId, userId, email],
    );
    await client.query("commit");
    return { organisationId, userId, isNewAccount: made.rows.length > 0 };
  } catch (error) {
    await client.query("rollback");
    throw error;
  } finally {
    await client.end();
  }
}

async function getOrCreateOrganisation(client: pg.Client, name: string): Promise<string> {
  const { rows } = await client.query<{ id: string }>("select id from organisations where name = $1", [name]);
  if (rows.length > 1) throw new Error(`${rows.length} organisations are named ${name}; rename one first`);
  return rows[0]?.id ?? idOf(client, "insert into organisations (name) values ($1) returning id", [name]);
}

async function idOf(client: pg.Client, text: string, values: unknown[]): Promise<string> {
  const { rows } = await client.query<{ id: string }>(text, values);
  const [row] = rows;
  if (!row) throw new Error(`no row came back from: ${text}`);
  return row.id;
}
