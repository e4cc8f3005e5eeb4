import type { Page } from "@playwright/test";
import { DRESSES, inspect, SIZES, wear } from "@/e2e/fixtures/inspect";
import { createRichOrganisation, type RichOrganisation } from "@/e2e/fixtures/rich-organisation";
import { expect, signInWith, test } from "@/e2e/fixtures/test";

/** The first word of the cluster's and of the site's name. */
const SITE_WORD = "hafenbecken";

let rich: RichOrganisation;
test.beforeAll(async () => {
  rich = await createRichOrganisation();
});

const field = (page: Page) => page.getByRole("combobox", { name: /search|suchen/i });
const chosen = (page: Page) => page.getByRole("option", { selected: true });

test("from anywhere to a cluster and back by keyboard alone; what was opened is found again", async ({ page }) => {
  test.setTimeout(120_000);
  const scripts: string[] = [];
  page.on("request", (request) => {
    if (request.resourceType() === "script") scripts.push(request.url());
  });
  await signInWith(page, rich.owner);
  await page.goto("/fleet");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Overview");
  await expect(page.getByRole("banner").getByRole("button", { name: "Search" })).toBeVisible();
  const before = scripts.length;
  await page.keyboard.press("Control+k");
  await expect(field(page)).toBeFocused();
  expect(scripts.length, "the search is loaded when it is opened, not with the page").toBeGreaterThan(before);
  await expect(chosen(page)).toContainText("Go to Overview");

  await page.keyboard.type(SITE_WORD);
  await expect(page.getByRole("group", { name: "Sites" }).getByRole("option")).toHaveCount(1);
  await expect(page.getByRole("group", { name: "Clusters" }).getByRole("option")).toHaveCount(2);
  await expect(page.getByRole("dialog").getByRole("status")).toHaveText(/\d+ results/);
  await expect(page.locator("mark").first()).toHaveText("Hafenbecken");
  await expect(chosen(page)).toContainText("Umspannwerk");
  await page.keyboard.press("ArrowDown");
  await expect(chosen(page)).toContainText("cluster-");
  await expect(chosen(page)).toContainText("Degraded");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(rich.clusterId));
  await expect(page.getByRole("heading", { level: 1 })).toContainText("cluster-");

  await page.keyboard.press("/");
  await expect(page.getByRole("group", { name: "Recently opened here" }).getByRole("option")).toHaveCount(1);
  await expect(chosen(page)).toContainText("cluster-");
  const opened = page.context().waitForEvent("page");
  await page.keyboard.press("Control+Enter");
  const tab = await opened;
  await expect(tab).toHaveURL(new RegExp(rich.clusterId));
  await tab.close();

  await page.keyboard.type("nothing-like-that-anywhere");
  await expect(page.getByText("Nothing matches “nothing-like-that-anywhere”")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(field(page)).toBeHidden();
  // In a field it is a sign like any other.
  await page.goto("/clusters");
  await page.getByRole("search").getByRole("textbox").focus();
  await page.keyboard.type("a/b");
  await expect(field(page)).toBeHidden();
});

test("a version and a label lead to the list, an address to the node, a word to the application", async ({ page }) => {
  await signInWith(page, rich.owner);
  await page.goto("/fleet");
  await page.keyboard.press("Control+k");
  await field(page).fill("region=Regierungsbezirk-Darmstadt");
  const line = page.getByRole("option", { name: "2 clusters with label region=Regierungsbezirk-Darmstadt" });
  await line.click();
  await expect(page.getByRole("grid", { name: "Clusters" }).getByRole("row")).toHaveCount(3);
  await page.keyboard.press("Control+k");
  await field(page).fill("shop hafen");
  const applications = page.getByRole("group", { name: "Applications" }).getByRole("option");
  await expect(applications.first()).toContainText(/shop/);
  await applications.first().click();
  await expect(page).toHaveURL(new RegExp(`${rich.clusterId}\\?tab=applications`));
});

test("commands switch the theme and the language, and go to what this person may open", async ({ page, signIn }) => {
  await signIn("viewer");
  await page.goto("/fleet");
  await page.keyboard.press("Control+k");
  await field(page).fill("dark");
  await expect(chosen(page)).toHaveText("Theme: dark");
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).toHaveClass(/dark/);
  await page.keyboard.press("Control+k");
  await field(page).fill("audit");
  await expect(page.getByRole("option", { name: /Audit/ })).toHaveCount(0);
  await field(page).fill("links");
  await expect(chosen(page)).toHaveText("Go to Links");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/link$/);
  await page.keyboard.press("Control+k");
  await field(page).fill("deutsch");
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
});

test.describe("when the console does not answer", () => {
  test.use({ expectedErrors: [/Failed to load resource|ERR_/] });

  test("the results from before stay and say so, and asking again brings the new ones", async ({ page }) => {
    await signInWith(page, rich.owner);
    await page.goto("/fleet");
    await page.keyboard.press("Control+k");
    await field(page).fill("hafen");
    await expect(page.getByRole("group", { name: "Sites" })).toBeVisible();
    await page.route(/search\.ask/, (route) => route.abort());
    await field(page).fill("hafenbecken");
    const alert = page.getByRole("dialog").getByRole("alert");
    await expect(alert).toContainText("The search did not answer");
    await expect(alert).toContainText("These are the results from before.");
    await expect(page.getByRole("group", { name: "Sites" })).toBeVisible();
    await page.unroute(/search\.ask/);
    await alert.getByRole("button", { name: "Try again" }).click();
    await expect(alert).toBeHidden();
  });
});

for (const size of ["desktop", "phone"] as const) {
  for (const language of ["en", "de"] as const) {
    test.describe(`${size}, ${language}`, () => {
      test.use({ locale: language === "de" ? "de-DE" : "en-GB" });

      test("the search is accessible and fits, empty, filled and with nothing found", async ({ page }) => {
        const dresses = DRESSES.filter((dress) => dress.size === size);
        const inspectAll = async (name: string) => {
          for (const dress of dresses) {
            await wear(page, dress);
            await inspect(page, `search-${name}-${size}-${dress.theme}-${language}`, dress);
          }
        };
        await page.setViewportSize(SIZES[size]);
        await signInWith(page, rich.owner);
        await page.goto("/fleet");
        const bar = size === "phone" ? page.getByRole("navigation").last() : page.getByRole("banner");
        await bar.getByRole("button", { name: language === "de" ? "Suche" : "Search" }).click();
        await expect(field(page)).toBeFocused();
        await inspectAll("empty");
        await field(page).fill(SITE_WORD);
        await expect(page.getByRole("option").nth(3)).toBeVisible();
        await inspectAll("found");
        await field(page).fill("qqq zzz");
        await expect(page.getByText("qqq zzz").first()).toBeVisible();
        await inspectAll("nothing");
      });
    });
  }
}
