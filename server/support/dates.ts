import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import type { z } from "zod";
import { supportDatesPath } from "@/server/config";
import { log } from "@/server/log";
import builtIn from "./dates.json";
import { OwnSupportData, SupportData } from "./support-data";

/** Why an operator's file cannot be used: which file, where in it, what is expected there. */
export type SupportDataProblem = { file: string; at: string; message: string };
export type CurrentSupport = { data: SupportData; problem: SupportDataProblem | null };

const BUILT_IN = SupportData.parse(builtIn);
/** The operator's own file is looked at so often. */
const LOOK_MS = 60_000;
type Own = { path: string; changedMs: number; data: SupportData | null; problem: SupportDataProblem | null };
let own: Own | null = null;
let lookedAtMs = 0;

/**
 * What holds now: the file that FERNBLICK_SUPPORT_DATES names over what came with this version, read again when it
 * changes. A file that cannot be read or does not fit is told in the log and on the page; what was known before stays.
 */
export function currentSupport(path = supportDatesPath(), nowMs = Date.now()): CurrentSupport {
  if (!path) return { data: BUILT_IN, problem: null };
  if (own?.path !== path) own = { path, changedMs: Number.NaN, data: null, problem: null };
  else if (nowMs - lookedAtMs < LOOK_MS) return resultOf(own);
  lookedAtMs = nowMs;
  try {
    const { mtimeMs } = statSync(path);
    if (own.changedMs === mtimeMs) return resultOf(own);
    own.changedMs = mtimeMs;
    own = { path, changedMs: mtimeMs, data: overBuiltIn(readOwn(path)), problem: null };
  } catch (error) {
    const at = error instanceof Misfit ? error.at : "";
    const problem = { file: basename(path), at, message: error instanceof Error ? error.message : String(error) };
    const isNew = own.problem?.at !== at || own.problem.message !== problem.message;
    own = { ...own, problem };
    if (isNew)
      log.error(
        { path, at, problem: problem.message },
        "support dates: the file cannot be used; what was known before stays",
      );
  }
  return resultOf(own);
}

const resultOf = ({ data, problem }: Own): CurrentSupport => ({ data: data ?? BUILT_IN, problem });

class Misfit extends Error {
  constructor(
    readonly at: string,
    message: string,
  ) {
    super(message);
  }
}

function readOwn(path: string): OwnSupportData {
  const result = OwnSupportData.safeParse(JSON.parse(readFileSync(path, "utf8")));
  if (result.success) return result.data;
  const issue: z.core.$ZodIssue | undefined = result.error.issues[0];
  throw new Misfit(issue?.path.join(" › ") ?? "", issue?.message ?? "it does not fit");
}

function overBuiltIn({ products, rules, plan }: OwnSupportData): SupportData {
  return {
    products: { ...BUILT_IN.products, ...products },
    rules: { ...BUILT_IN.rules, ...rules },
    plan: plan ?? BUILT_IN.plan,
  };
}
