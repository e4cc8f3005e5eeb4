import { readFile } from "node:fs/promises";
import { createRichOrganisation } from "@/e2e/fixtures/rich-organisation";
import { expect, signInWith, test } from "@/e2e/fixtures/test";

test.use({ locale: "en-GB" });

test("a selector is typed with completion, says what it matches, and its address shows the same to a colleague", async ({
  page,
}) => {
  const { owner } = await createRichOrganisation();
  await signInWith(page, owner);
  await page.goto("/clusters");
  const grid = page.getByRole("grid", { name: "Clusters" });
  await expect(grid.getByRole("row").nth(1)).toContainText("Degraded");

  // The slash leads to the selector from everywhere; names and values are completed by keyboard.
  await page.keyboard.press("/");
  const selector = page.getByRole("combobox", { name: "Selector" });
  await expect(selector).toBeFocused();
  await page.keyboard.type("@conn");
  await expect(page.getByRole("option").first()).toContainText("@connection");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.keyboard.type("=nev");
  await expect(page.getByRole("option").first()).toContainText("never");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(selector).toHaveValue("@connection=never");
  await expect(page.getByText("matches 1 cluster at 1 site")).toBeVisible();
  await expect(grid.getByRole("row")).toHaveCount(2);

  await selector.fill("@connection=never, tier=nowhere");
  await expect(page.getByText("Matches nothing: nothing here has tier=nowhere.")).toBeVisible();
  await selector.fill("@version <");
  await expect(page.getByText("expected a version like 1.31")).toBeVisible();

  await selector.fill("");
  await page.keyboard.press("Escape");
  await page.getByRole("complementary", { name: "Filters" }).getByRole("checkbox", { name: "Degraded" }).click();
  await expect(selector).toHaveValue("@health=degraded");
  await expect(grid.getByRole("row")).toHaveCount(2);
  await page.getByRole("combobox", { name: "Group by" }).click();
  await page.getByRole("option", { name: "Health" }).click();
  await page.getByRole("button", { name: /Degraded/ }).click();
  await expect(grid.getByRole("row")).toHaveCount(3);

  const address = page.url();
  await page.goto("/fleet");
  await page.goto(address);
  await expect(selector).toHaveValue("@health=degraded");
  await expect(grid.getByRole("row")).toHaveCount(3);
});

test("what is shown comes as a file, is kept as a view, and many are labelled after a preview", async ({ page }) => {
  const { owner } = await createRichOrganisation();
  await signInWith(page, owner);
  await page.goto("/clusters?columns=version+%40connection&sort=name");
  const grid = page.getByRole("grid", { name: "Clusters" });
  await expect(grid.getByRole("row")).toHaveCount(3);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "CSV" }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^fernblick-clusters-20\d\d-\d\d-\d\d\.csv$/);
  const lines = (await readFile(await download.path(), "utf8")).trimEnd().split("\r\n");
  expect(lines[0]).toBe("name,version,fact.connection,connection,as_of,unknown");
  expect(lines).toHaveLength(3);

  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("By name");
  await page.getByRole("button", { name: "Keep this view" }).click();
  await expect(page.getByRole("dialog").getByRole("button", { name: "By name", exact: true })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.goto("/clusters");
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("button", { name: "Rename By name" }).click();
  await page.getByRole("textbox", { name: "New name of By name" }).fill("Versions");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: "Versions", exact: true }).click();
  await expect(page).toHaveURL(/columns=version\+%40connection/);

  await page.getByRole("checkbox", { name: "Select all loaded rows" }).click();
  await page.getByRole("button", { name: "Labels", exact: true }).click();
  await page.getByRole("textbox", { name: "Set" }).fill("wave=1");
  await expect(page.getByText("2 of 2 would change.")).toBeVisible();
  await page.getByRole("button", { name: "Change 2" }).click();
  await expect(page.getByText("2 changed")).toBeVisible();
  await page.goto("/clusters?selector=wave%3D1");
  await expect(page.getByText("matches 2 clusters")).toBeVisible();
});

test("applications of all clusters stand in one list and lead to their cluster", async ({ page }) => {
  const { owner, clusterId } = await createRichOrganisation();
  await signInWith(page, owner);
  await page.goto("/applications");
  const grid = page.getByRole("grid", { name: "Applications" });
  await grid.getByRole("row").nth(1).focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`${clusterId}\\?tab=applications`));
});
