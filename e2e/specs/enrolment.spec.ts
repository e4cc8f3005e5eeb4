import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { type Run, readCommands, runCommand } from "@/e2e/fixtures/agent-command";
import { expect, test } from "@/e2e/fixtures/test";

/** The way in for one more machine, with the real agent and exactly the commands that the page shows. */

/** Other tests make sites of their own, and of many none is chosen. */
async function chooseFirstSite(page: Page): Promise<void> {
  await page.getByRole("dialog").getByRole("combobox", { name: "Site" }).click();
  await page.getByRole("option").nth(1).click();
}

let dataFolder: string;
const runs: Run[] = [];
test.beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), "e2e-agent-"));
});
test.afterEach(async () => {
  for (const run of runs) run.stop();
  await Promise.all(runs.splice(0).map((run) => run.ended));
  rmSync(dataFolder, { recursive: true, force: true });
});

test("an owner makes a token, the pasted commands work, and the page turns green by itself", async ({
  page,
  signIn,
}) => {
  await signIn("owner");
  await page.goto("/agents");
  await page.getByRole("button", { name: "Enrol machines" }).click();
  const dialog = page.getByRole("dialog");
  await chooseFirstSite(page);
  await dialog.getByLabel("Name of this token").fill("Spec token");
  await dialog.getByRole("button", { name: "Make token" }).click();
  await expect(dialog.getByText("Waiting for the first machine…")).toBeVisible();

  const { enrol, run } = await readCommands(dialog);
  const enrolment = runCommand(enrol, dataFolder);
  expect(await enrolment.ended, enrolment.output()).toBe(0);
  await expect(dialog.getByText(/is enrolled and has not reported yet/)).toBeVisible();
  const agent = runCommand(run, dataFolder);
  runs.push(agent);
  await expect(dialog.getByText(/reports from/)).toBeVisible();
  await dialog.getByRole("link", { name: "Open" }).click();
  await expect(page).toHaveURL(/\/fleet\/machines\/[0-9a-f-]{36}/);
  await expect(page.getByRole("main").getByText("Online").first()).toBeVisible();
});

test("a waiting agent reports only after its approval, and a revoked one is refused at its next push", async ({
  page,
  signIn,
}) => {
  await signIn("owner");
  await page.goto("/agents");
  await page.getByRole("button", { name: "Enrol machines" }).click();
  const dialog = page.getByRole("dialog");
  await chooseFirstSite(page);
  await dialog.getByLabel("Name of this token").fill("Waiting token");
  await dialog.getByRole("switch", { name: "Ask for approval" }).click();
  await dialog.getByRole("button", { name: "Make token" }).click();
  await expect(dialog.getByText("Waiting for the first machine…")).toBeVisible();
  const { enrol, run } = await readCommands(dialog);
  expect(await runCommand(enrol, dataFolder).ended).toBe(0);
  await expect(dialog.getByText(/waits for approval/)).toBeVisible();
  const agent = runCommand(run, dataFolder);
  runs.push(agent);
  await dialog.getByRole("button", { name: "Approve" }).click();
  await expect(dialog.getByText(/reports from/)).toBeVisible();
  await dialog.getByRole("button", { name: "Done" }).click();

  // The newest agent stands first.
  await page.getByRole("grid", { name: "Agents" }).getByRole("row").nth(1).click();
  const panel = page.getByRole("dialog");
  await expect(panel.getByText("Waiting token")).toBeVisible();
  await panel.getByRole("button", { name: "Revoke agent" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Revoke agent" }).click();
  await expect(page.getByText(/was revoked/)).toBeVisible();
  await expect.poll(() => agent.output()).toContain("agent_revoked");
});

test("a viewer sees the agents and nothing to make tokens with", async ({ page, signIn }) => {
  await signIn("viewer");
  await page.goto("/agents");
  await expect(page.getByRole("grid", { name: "Agents" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Enrol machines" })).toHaveCount(0);
  await expect(page.getByRole("heading", { name: "Join tokens" })).toHaveCount(0);
});
