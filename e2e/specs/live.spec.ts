import { expect, test } from "@/e2e/fixtures/test";

/** What was on the screen when the backend went away. */

test.describe("with a dead backend", () => {
  test.use({ expectedErrors: [/Failed to load resource/] });
  test("what was shown stays, with a bar that says that it is old and a way to try again", async ({ page, signIn }) => {
    await signIn("viewer");
    await page.goto("/fleet");
    await expect(page.getByRole("heading", { name: "Needs you" })).toBeVisible();
    await page.route("**/api/trpc/**", (route) => route.abort());
    // The next look at the data fails; nothing that was known disappears.
    await expect(page.getByText(/Asking again has failed/)).toBeVisible({ timeout: 60_000 });
    await expect(page.getByRole("heading", { name: "Needs you" })).toBeVisible();
    await page.unroute("**/api/trpc/**");
    await page.getByRole("button", { name: "Try again" }).first().click();
    await expect(page.getByText(/Asking again has failed/)).toHaveCount(0);
  });
});
