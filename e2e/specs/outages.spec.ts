import { createDarkOrganisation } from "@/e2e/fixtures/dark-organisation";
import { type Dress, inspect, wear } from "@/e2e/fixtures/inspect";
import { expect, signInWith, test } from "@/e2e/fixtures/test";

// Waiting is most of what they do.
test.describe.configure({ mode: "parallel" });

test("38 of 41 sites of one carrier are one line, and it leads to who they are and whom to call", async ({ page }) => {
  test.setTimeout(180_000);
  const { owner } = await createDarkOrganisation({ isLookedAt: false });
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

for (const { locale, theme } of [
  { locale: "en-GB", theme: "light" },
  { locale: "de-DE", theme: "dark" },
] as const) {
  test.describe(`${locale}, ${theme}`, () => {
    test.use({ locale, colorScheme: theme });

    test("outages can be read at a desk and on a phone, by people and machines", async ({ page }) => {
      test.setTimeout(240_000);
      const { owner } = await createDarkOrganisation({ isLookedAt: true });
      await signInWith(page, owner);
      await page.goto("/outages");
      const line = page.getByRole("main").getByRole("link", { name: /Telko-N/ });
      await expect(line).toBeVisible({ timeout: 90_000 });
      const dresses: readonly Dress[] = [
        { size: "desktop", theme },
        { size: "phone", theme },
      ];
      for (const [name, address] of [
        ["outages", "/outages"],
        ["outage", (await line.getAttribute("href")) ?? ""],
        ["outage-overview", "/fleet"],
      ] as const) {
        await page.goto(address);
        await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
        for (const dress of dresses) {
          await wear(page, dress);
          await inspect(page, `${name}-${dress.size}-${locale}`, dress, true);
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
