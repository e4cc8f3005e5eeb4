import { createTeam } from "@/e2e/fixtures/empty-organisation";
import { getAccount } from "@/e2e/fixtures/started";
import { expect, signInWith, test } from "@/e2e/fixtures/test";

/** The way in, and that there is no other. */

const PROTECTED = ["/fleet", "/fleet/machines", "/agents", "/senders", "/access", "/audit"];

test("a wrong password is refused in words and keeps the e-mail; the right one leads where one wanted to go", async ({
  page,
}) => {
  const { email, password } = getAccount("viewer");
  await page.goto("/agents");
  await expect(page).toHaveURL(/\/sign-in\?next=%2Fagents$/);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill("not the password at all");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(
    page.getByRole("alert").filter({ hasText: "E-mail and password do not belong together." }),
  ).toBeVisible();
  await expect(page.getByLabel("E-mail")).toHaveValue(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/agents$/);
});

test("a link cannot lead to another site after signing in", async ({ page }) => {
  const { email, password } = getAccount("viewer");
  await page.goto("/sign-in?next=https://evil.test/");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/localhost:\d+\/fleet$/);
});

test("without a session no page shows anything, whatever is tried around the middleware", async ({ request }) => {
  for (const path of PROTECTED) {
    for (const headers of [
      {},
      { "x-middleware-subrequest": "proxy:proxy:proxy" },
      { rsc: "1", "next-router-prefetch": "1" },
    ]) {
      for (const suffix of ["", ".rsc", "?_rsc=1"]) {
        const answer = await request.get(path + suffix, {
          headers: headers as Record<string, string>,
          maxRedirects: 0,
        });
        const told = `${path}${suffix} ${JSON.stringify(headers)}`;
        expect([200, 303, 307, 404], told).toContain(answer.status());
        expect(await answer.text(), told).not.toContain("Fernblick Demo");
      }
    }
  }
  const api = await request.get("/api/trpc/fleet.overview");
  expect(api.status()).toBe(401);
});

test("a session that is ended by somebody else is dead at its next request", async ({ page, browser, baseURL }) => {
  // A team of its own: other tests are signed in as the demo's operator meanwhile.
  const team = await createTeam("owner", "operator");
  await signInWith(page, team("operator"));
  await page.goto("/fleet");
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();

  const owner = await browser.newContext({ baseURL, locale: "en-GB" });
  const ownerPage = await owner.newPage();
  await signInWith(ownerPage, team("owner"));
  await ownerPage.goto("/access");
  const line = ownerPage.getByRole("listitem").filter({ hasText: "Otto Operator" });
  await expect(line).toHaveCount(1);
  await line.getByRole("button", { name: "End session" }).click();
  await ownerPage.getByRole("alertdialog").getByRole("button", { name: "End session" }).click();
  await expect(line).toHaveCount(0);
  await owner.close();

  await page.goto("/fleet/machines");
  await expect(page).toHaveURL(/\/sign-in/);
  expect((await page.request.get("/api/trpc/fleet.overview")).status()).toBe(401);
});

test("signing out ends the session itself, not only the cookie", async ({ page, context, signIn }) => {
  await signIn("auditor");
  await page.goto("/fleet");
  const cookies = await context.cookies();
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await context.addCookies(cookies);
  expect((await page.request.get("/api/trpc/fleet.overview")).status()).toBe(401);
});
