import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readPlaywrightReport, readVitestReport } from "./test-reports";

const inRoot = (path: string) => join(process.cwd(), path);

describe("the summary of a run", () => {
  test("names each failed test of Vitest with the first line of its message, without colours", () => {
    const report = {
      numPassedTests: 7,
      numFailedTests: 1,
      numPendingTests: 2,
      testResults: [
        {
          name: inRoot("server/a.db.test.ts"),
          status: "failed",
          message: "",
          assertionResults: [
            { fullName: "a holds", status: "passed", failureMessages: [] },
            {
              fullName: "a is kept",
              status: "failed",
              failureMessages: ["\u001b[31mError: 1 is not 2\u001b[39m\n  at a"],
            },
          ],
        },
        { name: inRoot("server/b.test.ts"), status: "failed", message: "Cannot find c\nmore", assertionResults: [] },
      ],
    };
    expect(readVitestReport(JSON.stringify(report))).toEqual({
      passed: 7,
      failed: 1,
      skipped: 2,
      failures: [
        "server/a.db.test.ts › a is kept: Error: 1 is not 2",
        "server/b.test.ts › the file itself: Cannot find c",
      ],
    });
  });

  test("names each failed browser test, however deep it stands", () => {
    const spec = (title: string, ok: boolean) => ({
      title,
      file: inRoot("e2e/specs/pages.spec.ts"),
      ok,
      tests: [{ results: [ok ? {} : { error: { message: "Error: too wide\nReceived: 376" } }] }],
    });
    const report = {
      stats: { expected: 3, unexpected: 1, flaky: 1, skipped: 0 },
      suites: [
        {
          title: "specs/pages.spec.ts",
          specs: [spec("fits", true)],
          suites: [{ title: "phone", specs: [spec("fits", false)] }],
        },
      ],
    };
    expect(readPlaywrightReport(JSON.stringify(report))).toEqual({
      passed: 3,
      failed: 2,
      skipped: 0,
      failures: ["e2e/specs/pages.spec.ts › phone › fits: Error: too wide"],
    });
  });

  test("is never made of something else", () => {
    expect(() => readVitestReport("{}")).toThrow();
    expect(() => readPlaywrightReport("{}")).toThrow();
  });
});
