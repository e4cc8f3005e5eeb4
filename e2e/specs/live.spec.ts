import { expect, test } from "@/e2e/fixtures/test";

/** The page moves by itself, and says so when it does not. */

test("when the live line breaks the page says so, and when it is back the page is live again", async ({
  page,
  signIn,
}) => {
  await signIn("viewer");
  await page.route("**/api/trpc/fleet.updates**", (route) => route.fulfill({ status: 503, body: "" }));
  await page.goto("/fleet");
  await expect(page.getByText("Polling", { exact: true })).toBeVisible();
  await page.unroute("**/api/trpc/fleet.updates**");
  await page.reload();
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
});

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
