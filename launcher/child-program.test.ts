import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ChildProgram, findWarning } from "./child-program";

let folder = "";
let programs: ChildProgram[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fernblick-child-"));
});
afterEach(async () => {
  await Promise.all(programs.map((program) => program.stop(1_000)));
  programs = [];
  rmSync(folder, { recursive: true, force: true });
});

function create(code: string): { program: ChildProgram; warnings: string[]; givenUp: Promise<string> } {
  const file = join(folder, "program.mjs");
  writeFileSync(file, code);
  const warnings: string[] = [];
  let giveUp: (reason: string) => void = () => {};
  const givenUp = new Promise<string>((resolve) => {
    giveUp = resolve;
  });
  const warn = (text: string) => void warnings.push(text);
  const program = new ChildProgram({ name: "worker", command: [file], environment: {}, logsDir: folder, warn, giveUp });
  programs.push(program);
  return { program, warnings, givenUp };
}

const log = () => readFileSync(join(folder, "worker.log"), "utf8");

test("a program that dies before it is up fails the start with its last words", async () => {
  const { program } = create('console.error("worker: the database is not there"); process.exit(3);');
  program.start();
  await expect(program.earlyDeath).rejects.toThrow(
    /The worker ended \(code 3\).*\n\s+worker: the database is not there/,
  );
});

test("a program that dies later is started again, and that is said", async () => {
  const marker = JSON.stringify(join(folder, "second"));
  const { program, warnings } = create(`
    import { existsSync, writeFileSync } from "node:fs";
    if (existsSync(${marker})) { console.log("second life"); setInterval(() => {}, 1000); }
    else { writeFileSync(${marker}, ""); console.log("first life"); process.exit(1); }`);
  program.start();
  program.markUp();
  await vi.waitFor(() => expect(log()).toContain("second life"), { timeout: 10_000 });
  expect(warnings.join("\n")).toMatch(/The worker ended \(code 1\).*started again in 1 s/s);
});

test("a stop ends the program, and nothing is started again", async () => {
  const { program, warnings } = create('console.log("up"); setInterval(() => {}, 1000);');
  program.start();
  program.markUp();
  await vi.waitFor(() => expect(log()).toContain("up"), { timeout: 10_000 });
  await program.stop(5_000);
  expect(warnings).toEqual([]);
});

test("a program that does not listen to SIGTERM is killed after its grace", async () => {
  const { program } = create('process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000);');
  program.start();
  program.markUp();
  await vi.waitFor(() => expect(log()).toContain("up"), { timeout: 10_000 });
  const startedAt = performance.now();
  await program.stop(200);
  expect(performance.now() - startedAt).toBeLessThan(4_000);
});

test("of a program's lines a person sees warnings and errors, with the error's own words", () => {
  expect(findWarning('{"level":30,"msg":"listens"}', true)).toBeNull();
  expect(findWarning('{"level":40,"msg":"slow"}', false)).toBe("slow");
  expect(findWarning('{"level":50,"msg":"failed","err":{"message":"disk full"}}', true)).toBe("failed: disk full");
  expect(findWarning(" ▲ Next.js 16", false)).toBeNull();
  expect(findWarning("Error: no such table", true)).toBe("Error: no such table");
  expect(findWarning("    at main (x.js:1:1)", true)).toBeNull();
  expect(findWarning("{ half a line", true)).toBeNull();
});
