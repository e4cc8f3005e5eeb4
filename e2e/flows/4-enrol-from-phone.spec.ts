import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Run, readCommands, runCommand } from "@/e2e/fixtures/agent-command";
import { expect, test } from "@/e2e/fixtures/test";
import { filmOf } from "./flows.config";
import { takePicture } from "./picture";

const PHONE = { width: 390, height: 844 };
test.use({ viewport: PHONE, hasTouch: true, isMobile: true, video: filmOf(PHONE) });

const folder = mkdtempSync(join(tmpdir(), "flows-agent-"));
const runs: Run[] = [];
test.afterAll(async () => {
  for (const run of runs) run.stop();
  await Promise.all(runs.map((run) => run.ended));
  rmSync(folder, { recursive: true, force: true });
});

test("a new edge site from the phone: name it, take the command, see the agent arrive", async ({ page, signIn }) => {
  await signIn("owner");
  await page.goto("/fleet");
  await page.getByRole("button", { name: "More" }).tap();
  await page.getByRole("dialog").getByRole("link", { name: "Enrolment" }).tap();
  await page.getByRole("button", { name: "Enrol machines" }).tap();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name of the new site").fill("Hamburg Lager 99");
  await takePicture(page, "flow-enrol-site");
  await dialog.getByRole("button", { name: "Make token" }).tap();
  await expect(dialog.getByText("Waiting for the first machine…")).toBeVisible();
  await takePicture(page, "flow-enrol-command");

  const { enrol, run } = await readCommands(dialog);
  const enrolment = runCommand(enrol, folder);
  expect(await enrolment.ended, enrolment.output()).toBe(0);
  runs.push(runCommand(run, folder));
  const arrival = dialog.getByText(/reports from Hamburg Lager 99/);
  await expect(arrival).toBeInViewport();
  await takePicture(page, "flow-enrol-arrived");
  await dialog.getByRole("link", { name: "Open" }).tap();
  await expect(page).toHaveURL(/\/fleet\/machines\/[0-9a-f-]{36}/);
});
