import { expect, test } from "@/e2e/fixtures/test";

/** Roles, reach and invitations as people meet them. */

test("navigation and buttons offer what the role may, and nothing else", async ({ page, signIn }) => {
  await signIn("viewer");
  await page.goto("/access");
  const navigation = page.getByRole("navigation").first();
  await expect(navigation.getByRole("link", { name: "Machines" })).toBeVisible();
  await expect(navigation.getByRole("link", { name: "Audit" })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Invite somebody" })).toHaveCount(0);
  await expect(page.getByRole("grid", { name: "Members" })).toHaveCount(0);
  await expect(page.getByRole("heading", { name: "Password" })).toBeVisible();
});

test("an invited person joins by the link and sees only the sites of the own reach", async ({
  page,
  browser,
  signIn,
  baseURL,
}) => {
  const email = `nora.${Date.now()}@north.test`;
  await signIn("owner");
  await page.goto("/access");
  await page.getByRole("button", { name: "Invite somebody" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("E-mail").fill(email);
  await dialog.getByRole("combobox", { name: "Reach" }).click();
  await page.getByRole("option", { name: "Only sites with matching labels" }).click();
  await dialog.getByLabel("Label selector").fill("region=north");
  await expect(dialog.getByRole("status")).toContainText(
    "nothing here has region=north. This person would see nothing.",
  );
  await dialog.getByRole("button", { name: "Make invitation" }).click();
  const link = (await dialog.getByRole("code").textContent()) ?? "";
  expect(link).toContain("/invitation#fbi_");

  const guest = await browser.newContext({ baseURL, locale: "en-GB" });
  const guestPage = await guest.newPage();
  await guestPage.goto(`/invitation${link.slice(link.indexOf("#"))}`);
  await guestPage.getByLabel("Your name").fill("Nora North");
  await guestPage.getByLabel("Password").fill("a long enough password");
  await guestPage.getByRole("button", { name: "Accept invitation" }).click();
  await guestPage.getByRole("link", { name: "Go to sign-in" }).click();
  await expect(guestPage.getByLabel("E-mail")).toHaveValue(email);
  await guestPage.getByLabel("Password").fill("a long enough password");
  await guestPage.getByRole("button", { name: "Sign in" }).click();
  await expect(guestPage).toHaveURL(/\/fleet$/);
  await guestPage.goto("/fleet/machines");
  await expect(guestPage.getByText("No machine is enrolled yet.")).toBeVisible();

  // All sites from now on: it holds at the next request, without signing in again.
  await page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Actions for Nora North" }).click();
  await page.getByRole("menuitem", { name: "Change role or reach" }).click();
  await page.getByRole("dialog").getByRole("combobox", { name: "Reach" }).click();
  await page.getByRole("option", { name: "All sites" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Save role and reach" }).click();
  await expect(page.getByText(/Role and reach of Nora North were saved/)).toBeVisible();
  await guestPage.reload();
  await expect(guestPage.getByRole("grid", { name: "Machines" }).getByRole("row").nth(1)).toBeVisible();
  await guest.close();
});
