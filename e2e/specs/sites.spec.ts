import type { Page } from "@playwright/test";
import pg from "pg";
import { insertManySites } from "@/db/testing/many-sites";
import { createEmptyOrganisation } from "@/e2e/fixtures/empty-organisation";
import { findViolations } from "@/e2e/fixtures/inspect";
import { readRuntime } from "@/e2e/fixtures/started";
import { type Credentials, expect, signInWith, test } from "@/e2e/fixtures/test";

test.use({ locale: "en-GB" });

/** An owner of an organisation with so many sites. */
async function createSites(count: number): Promise<Credentials> {
  const owner = await createEmptyOrganisation();
  const admin = new pg.Client({ connectionString: readRuntime().adminDatabaseUrl });
  await admin.connect();
  try {
    const { rows } = await admin.query<{ id: string }>(
      "select m.org_id as id from memberships m join users u on u.id = m.user_id where u.email = $1",
      [owner.email],
    );
    await insertManySites(admin, rows[0]?.id ?? "", count);
    return owner;
  } finally {
    await admin.end();
  }
}

const mapOf = (page: Page) => page.getByRole("application", { name: "Map of the sites" });
const listOf = (page: Page) => page.getByRole("grid", { name: "Sites" });
/** Rows of list that there are, drawn or not. */
const rowCount = async (page: Page): Promise<number> => Number(await listOf(page).getAttribute("aria-rowcount")) - 1;

test("20,000 sites: the map narrows the list, the list the map, and the address keeps the view", async ({ page }) => {
  test.setTimeout(180_000);
  await signInWith(page, await createSites(20_000));
  const outside: string[] = [];
  const { origin } = new URL(readRuntime().consoleUrl);
  page.on("request", (request) => {
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== origin) outside.push(request.url());
  });
  await page.goto("/sites");
  await expect(page.getByText("200 sites have no coordinates and are in the list only.")).toBeVisible();
  // Every site and its 40 regions.
  await expect.poll(() => rowCount(page)).toBe(20_040);

  await mapOf(page).focus();
  for (const key of ["+", "+", "+", "ArrowRight"]) await page.keyboard.press(key);
  await expect.poll(() => rowCount(page)).toBeLessThan(10_000);
  await expect(page).toHaveURL(/map=/);
  const near = page.url();
  const nearRows = await rowCount(page);
  await page.reload();
  await expect.poll(() => rowCount(page)).toBe(nearRows);
  expect(page.url()).toBe(near);
  await mapOf(page).focus();
  await page.keyboard.press("0");
  await expect.poll(() => rowCount(page)).toBe(20_040);
  await expect(page).not.toHaveURL(/map=/);

  await page.getByRole("combobox", { name: "Any state" }).click();
  await page.getByRole("option", { name: "Critical" }).click();
  // Two of each hundred, in the regions that they fall into.
  await expect.poll(() => rowCount(page)).toBeGreaterThanOrEqual(400);
  await expect.poll(() => rowCount(page)).toBeLessThanOrEqual(440);
  await listOf(page)
    .getByRole("link", { name: /^Region/ })
    .first()
    .click();
  await expect(page).toHaveURL(/state=critical.*region=Region|region=Region.*state=critical/);
  expect(outside).toEqual([]);
});

test("a site is created, found on the map, changed, and its page tells what is unknown", async ({ page }) => {
  await signInWith(page, await createEmptyOrganisation());
  await page.goto("/sites");
  await page.getByRole("button", { name: "Create site" }).click();
  const form = page.getByRole("dialog", { name: "Create site" });
  await form.getByLabel("Name", { exact: true }).fill("Harbour");
  await form.getByLabel("Latitude").fill("53,55");
  await form.getByLabel("PUE", { exact: true }).fill("0.5");
  await form.getByRole("button", { name: "Create site" }).click();
  await expect(form.getByText("a number from 1 to 10")).toBeVisible();
  await expect(form.getByText("latitude and longitude, or neither")).toBeVisible();
  await form.getByLabel("Longitude").fill("9.99");
  await form.getByLabel("PUE", { exact: true }).fill("1,5");
  await form.getByLabel("Contact").fill("Ada +49 (0)40 123456, ada@harbour.example");
  await form.getByRole("button", { name: "Create site" }).click();

  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Harbour");
  await expect(page.getByText("nothing is enrolled here")).toBeVisible();
  await expect(page.getByRole("link", { name: "+49 (0)40 123456" })).toHaveAttribute("href", "tel:+4940123456");
  await expect(page.getByRole("link", { name: "ada@harbour.example" })).toHaveAttribute(
    "href",
    "mailto:ada@harbour.example",
  );
  const tariff = page.getByText("Electricity tariff").locator("xpath=following-sibling::dd");
  await expect(tariff).toContainText("unknown");
  await page.getByRole("button", { name: "Edit" }).click();
  const edit = page.getByRole("dialog", { name: "Edit Harbour" });
  await expect(edit.getByLabel("Latitude")).toHaveValue("53.55");
  await edit.getByLabel("Electricity tariff").fill("Night 2026");
  await edit.getByRole("button", { name: "Save" }).click();
  await expect(tariff).toContainText("Night 2026");
  await page.getByRole("link", { name: "Show on the map" }).click();
  await expect(listOf(page).getByRole("link", { name: "Harbour" })).toBeVisible();
});

test("a CSV is previewed row by row, imported, exported, and the export changes nothing", async ({ page }) => {
  await signInWith(page, await createEmptyOrganisation());
  await page.goto("/sites");
  await page.getByRole("button", { name: "Import" }).click();
  const dialog = page.getByRole("dialog", { name: "Import sites" });
  await dialog
    .getByLabel("Or paste the text")
    .fill("name;latitude;longitude;country\nNorth;53,5;10,1;DE\nSouth;48;200;DE\n=East;50;11;Germany\n");
  await dialog.getByRole("button", { name: "Preview" }).click();
  await expect(dialog.getByRole("status")).toContainText("2 bad");
  await expect(dialog.getByRole("row", { name: "3 longitude 200 a number from -180 to 180" })).toBeVisible();
  await expect(
    dialog.getByRole("row", { name: "4 country Germany a country by its two letters, as DE" }),
  ).toBeVisible();
  await dialog.getByRole("button", { name: "Change the text" }).click();
  await dialog
    .getByLabel("Or paste the text")
    .fill("name;latitude;longitude;country\nNorth;53,5;10,1;DE\n=East;50;11;DE\n");
  await dialog.getByRole("button", { name: "Preview" }).click();
  await dialog.getByRole("button", { name: "Import 2 sites" }).click();
  await expect(listOf(page).getByRole("link", { name: "North" })).toBeVisible();

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export" }).click(),
  ]);
  const path = await download.path();
  await page.getByRole("button", { name: "Import" }).click();
  await dialog.getByLabel("Choose a file").setInputFiles(path);
  await dialog.getByRole("button", { name: "Preview" }).click();
  await expect(dialog.getByText("Nothing to do: all sites are already so.")).toBeVisible();
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, locale: "de-DE" });

  test("map, form and import are accessible and fit, in German", async ({ page }) => {
    await signInWith(page, await createSites(300));
    await page.goto("/sites");
    const check = async (name: string) => {
      expect(await findViolations(page), name).toEqual([]);
      await page.screenshot({ path: `test-results/pictures/sites-${name}-phone.png` });
    };
    await expect(page.getByText("3 Standorte haben keine Koordinaten und stehen nur in der Liste.")).toBeVisible();
    await check("map");
    await page.getByRole("button", { name: "Importieren" }).click();
    await page.getByRole("dialog").getByLabel("Oder Text einfügen").fill("name,pue\nA,0\nB,1.2\n");
    await page.getByRole("button", { name: "Prüfen" }).click();
    await expect(page.getByRole("dialog").getByText("eine Zahl von 1 bis 10")).toBeVisible();
    await check("import");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Standort anlegen" }).click();
    await expect(page.getByRole("dialog").getByLabel("Netzgebiet")).toBeVisible();
    await check("form");
  });
});
