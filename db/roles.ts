import pg from "pg";

export type LoginRoles = { appUrl: string; workerUrl: string };

/**
 * Makes (or updates) the two login roles that the programs use and returns their URLs.
 * `suffix` keeps installations on one server apart; lower-case letters and digits, at most 30.
 *
 * @throws Error when the admin role may not create roles
 */
export async function provisionLoginRoles(
  adminUrl: string,
  options: { suffix: string; appPassword: string; workerPassword: string },
): Promise<LoginRoles> {
  if (!/^[a-z0-9]{1,30}$/.test(options.suffix)) {
    throw new Error(`Role suffix "${options.suffix}" has other characters than a–z and 0–9`);
  }
  const app = `fernblick_app_${options.suffix}`;
  const worker = `fernblick_worker_${options.suffix}`;
  const client = new pg.Client({ connectionString: adminUrl, application_name: "fernblick-roles" });
  await client.connect();
  try {
    await upsertLoginRole(client, app, options.appPassword, ["fernblick_app"]);
    await upsertLoginRole(client, worker, options.workerPassword, ["fernblick_app", "fernblick_worker"]);
  } finally {
    await client.end();
  }
  return {
    appUrl: urlFor(adminUrl, app, options.appPassword),
    workerUrl: urlFor(adminUrl, worker, options.workerPassword),
  };
}

async function upsertLoginRole(client: pg.Client, name: string, password: string, groups: string[]): Promise<void> {
  // CREATE and ALTER ROLE take no parameters: the server itself quotes the names and the password.
  const { rows: existing } = await client.query("select from pg_roles where rolname = $1", [name]);
  const verb = existing.length > 0 ? "alter" : "create";
  const statement = await client.query<{ text: string }>(
    `select format('${verb} role %I login nosuperuser nobypassrls nocreaterole nocreatedb inherit password %L', $1::text, $2::text) as text`,
    [name, password],
  );
  await client.query(statement.rows[0]?.text ?? "");
  for (const group of groups) await client.query(`grant ${group} to ${name}`);
}

function urlFor(adminUrl: string, user: string, password: string): string {
  const url = new URL(adminUrl);
  url.username = user;
  url.password = encodeURIComponent(password);
  return url.toString();
}
