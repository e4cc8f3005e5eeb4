import { createHash, randomBytes } from "node:crypto";
import { OAuth2Server } from "oauth2-mock-server";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "@/db/testing/test-database";
import { ConsoleVisitor } from "./console-visitor";
import { freePort, type Program, startConsole } from "./programs";

/** Sign-in through a real OpenID Connect provider, with the production build of the console. */

let database: TestDatabase;
let admin: pg.Client;
let provider: OAuth2Server;
let consoleProgram: Program;
let consoleUrl: string;
let claims: Record<string, unknown>;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  const organisation = await admin.query("insert into organisations (name) values ('Werft Nord') returning id");
  const user = await admin.query("insert into users (email, name) values ('ines@werft.test', 'Ines') returning id");
  await admin.query("insert into memberships (org_id, user_id, role) values ($1, $2, 'viewer')", [
    organisation.rows[0].id,
    user.rows[0].id,
  ]);
  provider = new OAuth2Server();
  await provider.issuer.keys.generate("RS256");
  await provider.start(0, "localhost");
  provider.service.on("beforeTokenSigning", (token: { payload: Record<string, unknown> }) => {
    Object.assign(token.payload, claims);
  });
  const port = await freePort();
  consoleUrl = `http://localhost:${port}`;
  consoleProgram = await startConsole(port, {
    DATABASE_URL: database.appUrl,
    AUTH_SECRET: randomBytes(32).toString("hex"),
    CONSOLE_URL: consoleUrl,
    OIDC_ISSUER: provider.issuer.url ?? "",
    OIDC_CLIENT_ID: "fernblick",
    OIDC_CLIENT_SECRET: "secret",
    OIDC_NAME: "Keycloak",
  });
});
afterAll(async () => {
  await consoleProgram?.end("SIGKILL");
  await provider?.stop();
  await admin?.end();
  await database?.drop();
});

const subject = (name: string) => createHash("sha256").update(name).digest("hex");

test("a member signs in with a verified e-mail, and stays the same person when the e-mail changes", async () => {
  claims = { sub: subject("ines"), email: "ines@werft.test", email_verified: true };
  const first = await new ConsoleVisitor(consoleUrl).signInThroughProvider();
  expect(first.url).toBe(`${consoleUrl}/fleet`);
  expect(first.response.status).toBe(200);
  expect(await first.response.text()).toContain("Werft Nord");

  claims = { sub: subject("ines"), email: "ines.neu@werft.test", email_verified: true };
  const again = await new ConsoleVisitor(consoleUrl).signInThroughProvider();
  expect(again.url).toBe(`${consoleUrl}/fleet`);
});

test("an e-mail that the provider has not verified is refused with the reason", async () => {
  claims = { sub: subject("other"), email: "ines@werft.test", email_verified: false };
  expect((await new ConsoleVisitor(consoleUrl).signInThroughProvider()).url).toBe(
    `${consoleUrl}/sign-in?error=oidc_unverified`,
  );
});

test("who is no member is refused with the reason, and gets no session", async () => {
  claims = { sub: subject("stranger"), email: "stranger@else.test", email_verified: true };
  const visitor = new ConsoleVisitor(consoleUrl);
  expect((await visitor.signInThroughProvider()).url).toBe(`${consoleUrl}/sign-in?error=oidc_unknown`);
  const page = await visitor.request(`${consoleUrl}/fleet`);
  expect(page.headers.get("location") ?? (await page.text())).toContain("/sign-in");
  expect(
    (await admin.query("select from user_sessions s join users u on u.id = s.user_id where u.email like 'stranger%'"))
      .rows,
  ).toEqual([]);
});
