import { randomUUID } from "node:crypto";
import { initTRPC, TRPCError } from "@trpc/server";
import superjson from "superjson";
import { ZodError, z } from "zod";
import { forgetSharedAnswers } from "@/server/shared-answers";
import { authorize, type Caller } from "./access/caller";
import type { Permission } from "./access/model";
import { DomainError, type DomainErrorCode } from "./errors";
import { log } from "./log";

export type Context = { caller: Caller | null };

type Meta = { permission: Permission };

const TRPC_CODES: Record<DomainErrorCode, TRPCError["code"]> = {
  unauthenticated: "UNAUTHORIZED",
  denied: "FORBIDDEN",
  not_found: "NOT_FOUND",
  conflict: "CONFLICT",
  invalid: "BAD_REQUEST",
  rate_limited: "TOO_MANY_REQUESTS",
  unavailable: "SERVICE_UNAVAILABLE",
};

/** What a screen gets to know of a failure, beside tRPC's own code. */
export type ErrorDetails = { reason: string; values: Record<string, string | number>; requestId: string | null };

/** The request id of an unexpected error travels as its cause, so that log line and screen name the same. */
class UnexpectedError extends Error {
  constructor(readonly requestId: string) {
    super("unexpected");
  }
}

function detailsOf(error: TRPCError): ErrorDetails {
  const { cause } = error;
  if (cause instanceof DomainError) return { reason: cause.reason, values: cause.values, requestId: null };
  if (cause instanceof UnexpectedError) return { reason: "unexpected", values: {}, requestId: cause.requestId };
  if (cause instanceof ZodError)
    return { reason: "input", values: { details: z.prettifyError(cause) }, requestId: null };
  return { reason: error.code.toLowerCase(), values: {}, requestId: null };
}

const t = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    transformer: superjson,
    sse: { ping: { enabled: true, intervalMs: 15_000 }, client: { reconnectAfterInactivityMs: 40_000 } },
    errorFormatter: ({ shape, error }) => ({
      ...shape,
      message: error.cause instanceof DomainError ? error.cause.reason : shape.message,
      data: { code: shape.data.code, httpStatus: shape.data.httpStatus, path: shape.data.path, ...detailsOf(error) },
    }),
  });

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;

/** The one error map: what the domain threw on purpose gets its code, everything else its request id and no text. */
const withErrorMap = t.middleware(async ({ next, path }) => {
  const result = await next();
  if (result.ok) return result;
  const { error } = result;
  if (error.cause instanceof DomainError) {
    throw new TRPCError({ code: TRPC_CODES[error.cause.code], message: error.cause.reason, cause: error.cause });
  }
  if (error.code !== "INTERNAL_SERVER_ERROR") throw error;
  const requestId = randomUUID();
  log.error({ requestId, path, err: error.cause ?? error }, "request failed");
  throw new TRPCError({ code: error.code, message: "unexpected", cause: new UnexpectedError(requestId) });
});

/**
 * The only way to make a procedure: it cannot exist without naming the permission it needs, and its resolver cannot run
 * without a caller who has it. The matrix test walks all procedures by this `meta`.
 */
export function procedureFor(permission: Permission) {
  return t.procedure
    .meta({ permission })
    .use(withErrorMap)
    .use(async ({ ctx, next, type }) => {
      const { caller } = ctx;
      if (!caller) throw new DomainError("unauthenticated", "unauthenticated");
      authorize(caller, permission);
      const result = await next({ ctx: { caller } });
      // Also of one that failed: it may have changed something before.
      if (type === "mutation") forgetSharedAnswers(caller.orgId);
      return result;
    });
}
