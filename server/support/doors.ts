import "server-only";
import { createHash } from "node:crypto";
import { RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import type { Database } from "@/db/client";
import { callerCan } from "@/server/access/caller";
import { getConsoleConfig } from "@/server/config";
import { currentCaller } from "@/server/context";
import { consoleDatabase } from "@/server/database";
import { type FeedTexts, writeSupportCalendar } from "./calendar-feed";
import { type FeedReader, findFeedReader } from "./feeds";
import { dayAfter } from "./model";
import { planCsv } from "./plan-csv";
import { parsePlanFilter } from "./plan-filter";
import { readPlan } from "./plan-queries";
import type { FeedLanguage } from "./shapes";

/** Times that one calendar is read in an hour: a program that asks every minute is as well served by every second one. */
export const FEED_READS_MAX = 30;
const WINDOW_SECONDS = 3600;
const CACHE_SECONDS = 1800;

function refuse(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", ...headers },
  });
}

const file = (type: string, headers: Record<string, string>) => ({
  "content-type": `${type}; charset=utf-8`,
  "x-content-type-options": "nosniff",
  "x-robots-tag": "noindex",
  ...headers,
});

/** The languages, which are no business of the server: texts of one, and that of a browser. */
export type FeedWording = {
  textsIn: (language: FeedLanguage) => Promise<FeedTexts>;
  languageOf: (request: Request) => FeedLanguage;
};

/**
 * `GET /api/support.ics`: with `token` the calendar of the person that it belongs to, for programs that subscribe;
 * without one a file for who is signed in. A token that does not work, for whatever reason, is a 404.
 */
export async function handleCalendarRequest(request: Request, wording: FeedWording): Promise<Response> {
  const token = new URL(request.url).searchParams.get("token");
  if (token === null) return downloadCalendar(request, wording);
  const reader = await findFeedReader(consoleDatabase(), token);
  if (!reader) return refuse(404, "This calendar is not here");
  const seconds = await secondsToWait(consoleDatabase(), reader);
  if (seconds !== null) return refuse(429, "This calendar is read too often", { "retry-after": String(seconds) });
  const text = await calendarOf(reader, wording);
  // When it was made is no news: the tag is of all the rest.
  const tag = `"${createHash("sha256")
    .update(text.replaceAll(/DTSTAMP:.*/g, ""))
    .digest("base64url")
    .slice(0, 27)}"`;
  const headers = file("text/calendar", { etag: tag, "cache-control": `private, max-age=${CACHE_SECONDS}` });
  if (request.headers.get("if-none-match") === tag) return new Response(null, { status: 304, headers });
  return new Response(text, { headers });
}

const calendarOf = async ({ caller, language }: Pick<FeedReader, "caller" | "language">, { textsIn }: FeedWording) =>
  writeSupportCalendar(caller, {
    language,
    texts: await textsIn(language),
    consoleUrl: getConsoleConfig().CONSOLE_URL,
  });

async function downloadCalendar(request: Request, wording: FeedWording): Promise<Response> {
  const caller = await currentCaller();
  if (!caller) return refuse(401, "Sign in first");
  if (!callerCan(caller, "fleet:read")) return refuse(403, "Your role may not see the fleet");
  const disposition = `attachment; filename="fernblick-support-${dayAfter(new Date())}.ics"`;
  return new Response(await calendarOf({ caller, language: wording.languageOf(request) }, wording), {
    headers: file("text/calendar", { "content-disposition": disposition, "cache-control": "no-store" }),
  });
}

/** Counted once the token is proved, so that strangers can neither fill the table nor stop a reader. Null: go on. */
async function secondsToWait(database: Database, { id }: FeedReader): Promise<number | null> {
  const limiter = new RateLimiterPostgres({
    ...{ storeClient: database.pool, storeType: "pool", tableName: "sign_in_limits", tableCreated: true },
    ...{ clearExpiredByTimeout: false, keyPrefix: "support", points: FEED_READS_MAX, duration: WINDOW_SECONDS },
  });
  try {
    await limiter.consume(id);
    return null;
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    return Math.ceil(refusal.msBeforeNext / 1000);
  }
}

/** `GET /api/support.csv`: the plan of the page with the same filters in its address, for who is signed in. */
export async function handlePlanRequest(request: Request): Promise<Response> {
  const caller = await currentCaller();
  if (!caller) return refuse(401, "Sign in first");
  if (!callerCan(caller, "fleet:read")) return refuse(403, "Your role may not see the fleet");
  const rows = await readPlan(caller, parsePlanFilter(new URL(request.url).searchParams));
  const disposition = `attachment; filename="fernblick-support-plan-${dayAfter(new Date())}.csv"`;
  return new Response(planCsv(rows), {
    headers: file("text/csv", { "content-disposition": disposition, "cache-control": "no-store" }),
  });
}
