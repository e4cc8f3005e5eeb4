import { readFileSync } from "node:fs";
import { expect, test } from "@/e2e/fixtures/test";
import { takePicture } from "./picture";

test("every cluster that loses support this quarter: on the screen, as a file, and in the calendar", async ({
  page,
  signIn,
}) => {
  await signIn("operator");
  await page.goto("/fleet");
  await page.getByRole("navigation").getByRole("link", { name: "Support", exact: true }).first().click();
  const way = page.getByRole("link", { name: /lose support this quarter|loses support this quarter/ });
  const count = Number.parseInt((await way.textContent()) ?? "", 10);
  expect(count).toBeGreaterThan(0);
  await takePicture(page, "flow-support-versions");

  await way.click();
  await expect(page.getByText(/^Only support ends/)).toBeVisible();
  const grid = page.getByRole("grid", { name: "Clusters by urgency" });
  await expect(grid).toHaveAttribute("aria-rowcount", String(count + 1));
  await takePicture(page, "flow-support-quarter");

  const table = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download CSV" }).click();
  const lines = readFileSync(await (await table).path(), "utf8")
    .trimEnd()
    .split("\r\n");
  expect(lines).toHaveLength(count + 1);

  await grid.getByRole("row").nth(1).getByRole("gridcell").first().click();
  await expect(page.getByRole("dialog").getByRole("listitem").first()).toBeVisible();
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "Calendar", exact: true }).click();
  const calendar = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download once (.ics)" }).click();
  expect(readFileSync(await (await calendar).path(), "utf8")).toContain("BEGIN:VEVENT");
});
