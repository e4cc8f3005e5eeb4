import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { z } from "zod";

/** What a test runner's JSON report says, as `scripts/test.ts` prints it. */

export type Counts = { passed: number; failed: number; skipped: number };
/** `failures`: file, title and the first line of the message of each test that failed. */
export type Report = Counts & { failures: string[] };

const failure = (file: string, title: string, message = ""): string => {
  const [line = ""] = stripVTControlCharacters(message).split("\n");
  return `${relative(process.cwd(), file)} › ${title}${line ? `: ${line}` : ""}`;
};

const VitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(""),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
});

/** @throws ZodError for anything but a report of Vitest's JSON reporter */
export function readVitestReport(text: string): Report {
  const report = VitestReport.parse(JSON.parse(text));
  const failures = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((result) => result.status === "failed");
    // A file that cannot be loaded, or whose hooks fail, has no failed test.
    if (failed.length === 0) return status === "failed" ? [failure(name, "the file itself", message)] : [];
    return failed.map((result) => failure(name, result.fullName, result.failureMessages?.[0]));
  });
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests,
    failures,
  };
}

const PlaywrightSpec = z.object({
  title: z.string(),
  file: z.string(),
  ok: z.boolean(),
  tests: z.array(
    z.object({ results: z.array(z.object({ error: z.object({ message: z.string().default("") }).optional() })) }),
  ),
});
type PlaywrightSuite = { title: string; specs: z.infer<typeof PlaywrightSpec>[]; suites?: PlaywrightSuite[] };
const PlaywrightSuite: z.ZodType<PlaywrightSuite> = z.lazy(() =>
  z.object({ title: z.string(), specs: z.array(PlaywrightSpec), suites: z.array(PlaywrightSuite).optional() }),
);
const PlaywrightReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
  suites: z.array(PlaywrightSuite),
});

/** @throws ZodError for anything but a report of Playwright's JSON reporter */
export function readPlaywrightReport(text: string): Report {
  const { stats, suites } = PlaywrightReport.parse(JSON.parse(text));
  const failuresOf = (suite: PlaywrightSuite, path: string[]): string[] => [
    ...suite.specs
      .filter(({ ok }) => !ok)
      .map(({ title, file, tests }) => {
        const message = tests.flatMap(({ results }) => results).find(({ error }) => error)?.error?.message;
        return failure(file, [...path, title].join(" › "), message);
      }),
    ...(suite.suites ?? []).flatMap((inner) => failuresOf(inner, [...path, inner.title])),
  ];
  return {
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky,
    skipped: stats.skipped,
    failures: suites.flatMap((suite) => failuresOf(suite, [])),
  };
}
