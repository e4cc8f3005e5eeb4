import { mkdirSync } from "node:fs";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { createDarkOrganisation } from "@/e2e/fixtures/dark-organisation";
import { expect, signInWith, test } from "@/e2e/fixtures/test";

const PICTURES = join(process.cwd(), "test-results", "pictures");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];

test("38 of 41 sites of one carrier are one line, and it leads to who they are and whom to call", async ({ page }) => {
  test.setTimeout(180_000);
  const { owner } = await createDarkOrganisation();
  await signInWith(page, owner);
  await page.goto("/fleet");
  // The worker looks every half minute; the page moves by itself.
  const line = page.getByRole("link", { name: /Carrier Telko-N · Region Nord/ });
  await expect(line).toBeVisible({ timeout: 90_000 });
  await expect(line).toContainText("38 of 41 sites dark; 3 answer");
  await expect(line).toContainText("Hardly chance");
  await expect(page.getByText("Is silent.")).toHaveCount(0);
  const area = page.getByRole("navigation", { name: "Main navigation" }).getByRole("link", { name: /Outages/ });
  await expect(area).toContainText("1 needs action");
  await line.click();

  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Carrier Telko-N · Region Nord");
  await expect(page.getByRole("row", { name: /Carrier Telko-N · Region Nord 38 of 41 100/ })).toBeVisible();
  await expect(page.getByText("night watch, 555 0100")).toBeVisible();
  const members = page.getByRole("grid", { name: "Members" });
  await expect(members.getByRole("row").nth(1)).toContainText("Dark");
  await page.goto("/outages");
  await expect(page.getByRole("link", { name: /38 of 41 sites dark/ })).toBeVisible();
});

async function inspect(page: Page, name: string): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow, `${name} is wider than the screen`).toBeLessThanOrEqual(0);
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`),
    name,
  ).toEqual([]);
}

for (const { locale, colorScheme } of [
  { locale: "en-GB", colorScheme: "light" },
  { locale: "de-DE", colorScheme: "dark" },
] as const) {
  test.describe(`${locale}, ${colorScheme}`, () => {
    test.use({ locale, colorScheme });

    test("outages can be read at a desk and on a phone, by people and machines", async ({ page }) => {
      test.setTimeout(240_000);
      mkdirSync(PICTURES, { recursive: true });
      const { owner } = await createDarkOrganisation();
      await signInWith(page, owner);
      await page.goto("/outages");
      const line = page.getByRole("main").getByRole("link", { name: /Telko-N/ });
      await expect(line).toBeVisible({ timeout: 90_000 });
      const href = (await line.getAttribute("href")) ?? "";
      for (const [size, viewport] of [
        ["desktop", { width: 1440, height: 900 }],
        ["phone", { width: 390, height: 844 }],
      ] as const) {
        await page.setViewportSize(viewport);
        for (const [name, address] of [
          ["outages", "/outages"],
          ["outage", href],
          ["outage-overview", "/fleet"],
        ] as const) {
          await page.goto(address);
          await inspect(page, `${name}-${size}-${locale}`);
        }
      }
    });
  });
}

test.describe("without it", () => {
  test.use({ expectedErrors: [/404/] });

  test("an outage that is not there says so, also one of somebody else", async ({ page, signIn }) => {
    await signIn("viewer");
    await page.goto("/outages/00000000-0000-4000-8000-000000000000");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("This outage is not here");
  });
});
