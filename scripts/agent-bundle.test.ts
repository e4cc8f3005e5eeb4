import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleAgent } from "./agent-bundle";

const run = promisify(execFile);

describe("the agent's one file", () => {
  const folder = mkdtempSync(join(tmpdir(), "fernblick-bundle-"));
  const file = join(folder, "fernblick-agent.cjs");
  beforeAll(() => bundleAgent(file), 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("has what speaks to clusters packed, so that an agent of a machine does not read it", () => {
    const text = readFileSync(file, "utf8");
    expect(text).toContain("AgentEngine");
    expect(text).not.toContain("KubeConfig");
    expect(text.length).toBeLessThan(1_300_000);
  });

  it("unpacks it where it is wanted, with nothing else beside it", async () => {
    const read = run(process.execPath, [file, "read", "--kubernetes", "--kubeconfig", "nowhere"], { cwd: folder });
    await expect(read).rejects.toMatchObject({
      stderr: expect.stringMatching(/^fernblick-agent: nowhere cannot be read: ENOENT.*\n$/),
    });
  });
});
