import "server-only";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { z } from "zod";
import { acceptInvitation, findInvitation } from "./access/invitations";
import { INVITATION_TOKEN_PATTERN, PASSWORD_LENGTH_MAX } from "./access/model";
import { createContext, currentCaller } from "./context";
import { consoleDatabase } from "./database";
import { DomainError, type DomainErrorCode } from "./errors";
import { exportList } from "./lists/export";
import { LISTS, parseListState } from "./lists/model";
import { log } from "./log";
import { appRouter } from "./root";
import { IMPORT_CHARACTERS_MAX } from "./sites/model";

/** Procedures in one batched request. */
const BATCH_MAX = 10;
const JSON_BYTES_MAX = 256 * 1024;
/** Procedures that take a whole file; asked for alone, never in a batch with others. UTF-8 takes up to 4 bytes. */
const FILE_PATHS = ["/api/trpc/sites.previewImport", "/api/trpc/sites.runImport"];
const FILE_BYTES_MAX = 4 * IMPORT_CHARACTERS_MAX;

/**
 * False for a request that another site made the browser send. The cookie is SameSite=Lax already; this is the second
 * lock, and old browsers that send neither header cannot be told apart, so they pass.
 */
export function isFromHere(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site) return site === "same-origin" || site === "none";
  const origin = request.headers.get("origin");
  return origin === null || URL.parse(origin)?.host === request.headers.get("host");
}

function refuse(status: number, message: string): Response {
  return Response.json({ error: { message } }, { status, headers: { "cache-control": "no-store" } });
}

/** `GET` and `POST /api/trpc/*`. Changes come by POST only, which is tRPC's own rule. */
export async function handleTrpcRequest(request: Request): Promise<Response> {
  if (!isFromHere(request)) return refuse(403, "This request comes from another site");
  const bytesMax = FILE_PATHS.includes(new URL(request.url).pathname) ? FILE_BYTES_MAX : JSON_BYTES_MAX;
  if (Number(request.headers.get("content-length") ?? 0) > bytesMax) return refuse(413, "The request is too large");
  return fetchRequestHandler({
    endpoint: "/api/trpc",
    req: request,
    router: appRouter,
    createContext,
    maxBatchSize: BATCH_MAX,
    responseMeta: () => ({ headers: new Headers({ "cache-control": "no-store" }) }),
  });
}

/** `GET /api/health`: 200 when the console and its database work. Says nothing else to strangers. */
export async function handleHealthRequest(): Promise<Response> {
  try {
    await consoleDatabase().pool.query("select 1");
    return Response.json({ status: "ok" }, { headers: { "cache-control": "no-store" } });
  } catch (error) {
    log.error({ err: error }, "health: the database does not answer");
    return Response.json({ status: "unavailable" }, { status: 503, headers: { "cache-control": "no-store" } });
  }
}

/** What a browser is told of a failure of the export: it is a download, so there is no page to say it on. */
const EXPORT_STATUS: Partial<Record<DomainErrorCode, number>> = { denied: 403, invalid: 400 };

/** `GET /api/lists?list=clusters&…`: the list of that address as a CSV file, streamed. */
export async function handleExportRequest(request: Request): Promise<Response> {
  if (!isFromHere(request)) return refuse(403, "This request comes from another site");
  const caller = await currentCaller();
  if (!caller) return refuse(401, "Sign in first");
  const parameters = new URL(request.url).searchParams;
  const list = LISTS.find((candidate) => candidate === parameters.get("list"));
  if (!list) return refuse(404, "There is no such list");
  try {
    const lines = await exportList(caller, list, parseListState(list, parameters));
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { done, value } = await lines.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      cancel: async () => void (await lines.return(undefined)),
    });
    const name = `fernblick-${list}-${new Date().toISOString().slice(0, 10)}.csv`;
    return new Response(body, {
      headers: {
        "content-type": "text/csv; charset=utf-8",
        "content-disposition": `attachment; filename="${name}"`,
        "cache-control": "no-store",
      },
    });
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return refuse(EXPORT_STATUS[error.code] ?? 500, error.message);
  }
}

const InvitationRequest = z.object({
  token: z.string().regex(INVITATION_TOKEN_PATTERN),
  accept: z
    .object({
      account: z
        .object({ name: z.string().trim().min(1).max(200), password: z.string().max(PASSWORD_LENGTH_MAX) })
        .nullable(),
    })
    .optional(),
});

/** `POST /api/invitation`: looks at an invitation, or accepts it. The one door without a session beside sign-in. */
export async function handleInvitationRequest(request: Request): Promise<Response> {
  if (!isFromHere(request)) return refuse(403, "This request comes from another site");
  const text = await readText(request);
  if (text === null) return refuse(413, "The request is too large");
  const input = InvitationRequest.safeParse(parseJson(text));
  if (!input.success) return Response.json({ reason: "invitation_ended" }, { status: 404 });
  const { token, accept } = input.data;
  try {
    if (accept) return Response.json(await acceptInvitation(consoleDatabase(), { token, account: accept.account }));
    // 200 for an ended one as well: looking has worked, and a browser writes every 404 into its console as an error.
    return Response.json((await findInvitation(consoleDatabase(), token)) ?? { reason: "invitation_ended" });
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return Response.json(
      { reason: error.reason, values: error.values },
      { status: error.code === "not_found" ? 404 : 400 },
    );
  }
}

/** The body as text, counted while it streams in; null as soon as it is too large. A length header may be a lie. */
async function readText(request: Request): Promise<string | null> {
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = "";
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > JSON_BYTES_MAX) return null;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
