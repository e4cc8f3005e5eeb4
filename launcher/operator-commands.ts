import { text as readAll } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { z } from "zod";
import { migrate } from "@/db/migrate";
import { provisionLoginRoles } from "@/db/roles";
import { createFirstOwner } from "@/db/seed/first-owner";
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from "@/server/access/model";
import { hashPassword } from "@/server/access/passwords";
import { readCommandConfig } from "./config";
import { requireUsableDatabase } from "./database";

/** What a command speaks with; tests bring their own. */
export type CommandStreams = {
  /** Else that of the process. */
  environment?: NodeJS.ProcessEnv;
  input: NodeJS.ReadableStream;
  print: (line: string) => void;
};

const HELP = `Commands for an installation with a Postgres of its own. DATABASE_URL is that of the role that owns the database.

  npm run migrate        brings the database to the newest schema; running it again changes nothing.
                         With FERNBLICK_APP_PASSWORD and FERNBLICK_WORKER_PASSWORD it also makes or updates the
                         roles that the programs connect as (FERNBLICK_ROLE_SUFFIX, default "main").
  npm run create-owner -- --organisation NAME --email ADDRESS --name "FIRST LAST"
                         makes the first owner; the password is the first line of the standard input.
                         With --without-password the person signs in through OpenID Connect only.
`;

/**
 * Runs one command.
 * @throws Error in one line that says what was wrong
 */
export async function runOperatorCommand(argv: readonly string[], streams: CommandStreams): Promise<void> {
  const [command, ...rest] = argv;
  if (command === "migrate") return migrateDatabase(rest, streams);
  if (command === "create-owner") return createOwner(rest, streams);
  if (command === "help" || command === "--help") return streams.print(HELP.trimEnd());
  throw new Error(`found ${command ? `"${command}"` : "no command"}, expected migrate or create-owner; see help`);
}

async function migrateDatabase(argv: string[], { environment, print }: CommandStreams): Promise<void> {
  parseArgs({ args: argv, options: {} });
  const { adminUrl, roles } = readCommandConfig(environment);
  await requireUsableDatabase(adminUrl);
  const { applied } = await migrate(adminUrl, { log: print });
  print(applied.length > 0 ? `The database is up to date (${applied.length} new)` : "The database is up to date");
  if (!roles) return;
  const urls = await provisionLoginRoles(adminUrl, roles);
  const nameOf = (url: string) => new URL(url).username;
  print(`Gateway and console connect as ${nameOf(urls.appUrl)}, the worker as ${nameOf(urls.workerUrl)}`);
}

const Owner = z.object({
  organisation: z.string("--organisation is missing").trim().min(1).max(200),
  email: z.email("--email: expected an e-mail address").max(320),
  name: z.string("--name is missing").trim().min(1).max(200),
});

async function createOwner(argv: string[], { environment, input, print }: CommandStreams): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: argv,
    options: {
      organisation: text,
      email: text,
      name: text,
      "without-password": { type: "boolean", default: false },
    },
  });
  const owner = Owner.safeParse(values);
  if (!owner.success) throw new Error(owner.error.issues.map((issue) => issue.message).join("; "));
  const { adminUrl } = readCommandConfig(environment);
  const { organisation: organisationName, email, name } = owner.data;
  const passwordHash = values["without-password"] ? null : await readPasswordHash(input);
  const { isNewAccount } = await createFirstOwner(adminUrl, { organisationName, email, name, passwordHash });
  print(
    isNewAccount
      ? `${email} is the owner of ${organisationName}`
      : `${email} had an account already, which stays as it was, and is the owner of ${organisationName} now`,
  );
}

/** From the standard input and not from the command line, where every user of the machine could read it. */
async function readPasswordHash(input: NodeJS.ReadableStream): Promise<string> {
  const [password = ""] = (await readAll(input)).split(/\r?\n/);
  if (password.length < PASSWORD_LENGTH_MIN || password.length > PASSWORD_LENGTH_MAX) {
    throw new Error(
      `The password on the standard input has ${password.length} characters; expected ${PASSWORD_LENGTH_MIN} to ${PASSWORD_LENGTH_MAX}`,
    );
  }
  return hashPassword(password);
}
