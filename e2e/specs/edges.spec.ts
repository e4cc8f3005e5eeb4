import { createEmptyOrganisation } from "@/e2e/fixtures/empty-organisation";
import { findViolations } from "@/e2e/fixtures/inspect";
import { expect, signInWith, test } from "@/e2e/fixtures/test";
import { AgentsPage } from "@/e2e/pages/agents-page";
import { MachinePage } from "@/e2e/pages/machine-page";
import { MachinesPage } from "@/e2e/pages/machines-page";
import { Shell } from "@/e2e/pages/shell";

/** The corners of the product: nothing there yet, nothing at this address, very little room, no mouse. */

test("an organisation without machines is told on each page what to do next", async ({ page }) => {
  await signInWith(page, await createEmptyOrganisation());
  const shell = new Shell(page);
  await page.goto("/fleet");
  await expect(shell.content).toContainText("No machine reports yet. Enrol the first one; it takes a minute.");
  await expect(shell.content).not.toContainText(/\b0\s?%/);
  await shell.content.getByRole("link", { name: "Enrol machines" }).click();
  const agents = new AgentsPage(page);
  await expect(page).toHaveURL(/\/agents$/);
  await expect(shell.content).toContainText("No agent is enrolled yet.");
  await agents.enrolButton.click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(agents.enrolButton).toBeFocused();
  await new MachinesPage(page).open();
  await expect(new MachinesPage(page).empty).toBeVisible();
  for (const path of ["/fleet", "/fleet/machines", "/agents"]) {
    await page.goto(path);
    await expect(shell.title).toBeVisible();
    expect(await findViolations(page), path).toEqual([]);
  }
});

test.describe("an address that leads nowhere", () => {
  test.use({ expectedErrors: [/404/] });

  test("is a page with a way back, also for who is not signed in", async ({ page, signIn }) => {
    expect((await page.goto("/no/such/page"))?.status()).toBe(404);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("There is nothing at this address");
    await signIn("viewer");
    await page.getByRole("link", { name: "Go to the overview" }).click();
    await expect(page).toHaveURL(/\/fleet$/);
    await page.goto("/no/such/page");
    expect(await findViolations(page)).toEqual([]);
  });

  test("is said of a machine that is not there or is no machine at all", async ({ page, signIn }) => {
    await signIn("viewer");
    const machine = new MachinePage(page);
    for (const id of ["00000000-0000-4000-8000-000000000000", "not-a-machine"]) {
      await machine.open(`/fleet/machines/${id}`);
      await expect(machine.notHere).toBeVisible();
    }
  });
});

for (const [words, width, height] of [
  ["200 % zoom on a desk", 720, 450],
  ["400 % zoom on a desk (WCAG 1.4.10)", 320, 256],
] as const) {
  test.describe(words, () => {
    test.use({ viewport: { width, height } });
    test("no page has to be scrolled sideways", async ({ page, signIn }) => {
      const shell = new Shell(page);
      await page.goto("/sign-in");
      expect(await shell.overflowPx(), "/sign-in").toBe(0);
      await signIn("owner");
      for (const path of ["/fleet", "/fleet/machines", "/agents", "/senders", "/access", "/audit"]) {
        await page.goto(path);
        await expect(shell.title).toBeVisible();
        await expect(shell.loading).toHaveCount(0);
        expect(await shell.overflowPx(), path).toBe(0);
      }
    });
  });
}

test("by keyboard alone: past the navigation into the list, down, in with Enter, and back to the same filters", async ({
  page,
  signIn,
}) => {
  await signIn("viewer");
  const machines = new MachinesPage(page);
  await machines.open();
  await expect(machines.row(1)).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(new Shell(page).content).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(machines.selector).toBeFocused();
  await page.keyboard.type("@site=Local, @connection=online");
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/selector=%40site%3DLocal%2C\+%40connection%3Donline/);
  // Only when the answer is there do the rows stand; before, a key would fall into the list of the old address.
  await expect(page.getByText(/^matches \d+ machine/)).toBeVisible();
  await machines.row(1).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Home");
  await expect(machines.row(1)).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/fleet\/machines\/[0-9a-f-]{36}$/);
  await page.goBack();
  await expect(machines.selector).toHaveValue("@site=Local, @connection=online");
  await expect(machines.rowsAt("Local").first()).toBeVisible();
});
