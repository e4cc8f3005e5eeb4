import { createEmptyOrganisation } from "@/e2e/fixtures/empty-organisation";
import { expect, signInWith, test } from "@/e2e/fixtures/test";
import { MachinePage } from "@/e2e/pages/machine-page";
import { MachinesPage } from "@/e2e/pages/machines-page";

/** What the browser is told to refuse, and the wall between organisations. */

const PAGES = ["/sign-in", "/invitation", "/fleet", "/fleet/machines", "/agents", "/senders", "/access", "/audit"];

test("every page carries the security headers and a content policy with a nonce of its own", async ({
  page,
  signIn,
}) => {
  await signIn("owner");
  const nonces = new Set<string>();
  for (const path of PAGES) {
    const headers = (await page.request.get(path, { maxRedirects: 0 })).headers();
    expect(headers, path).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "same-origin",
      "cross-origin-opener-policy": "same-origin",
    });
    expect(headers, path).not.toHaveProperty("x-powered-by");
    const policy = headers["content-security-policy"] ?? "";
    expect(policy, path).toContain("frame-ancestors 'none'");
    expect(policy, path).toContain("object-src 'none'");
    const scripts = /script-src ([^;]*)/.exec(policy)?.[1] ?? "";
    expect(scripts, path).not.toMatch(/unsafe-inline|unsafe-eval|\*/);
    nonces.add(/'nonce-([^']+)'/.exec(scripts)?.[1] ?? "");
  }
  expect(nonces.size, "two pages share a nonce").toBe(PAGES.length);
  expect(nonces).not.toContain("");
});

test("what only a person may see is never kept by a cache", async ({ page, signIn }) => {
  await signIn("owner");
  for (const path of ["/fleet", "/api/trpc/fleet.overview", "/agents"]) {
    const answer = await page.request.get(path);
    expect(answer.status(), path).toBe(200);
    expect(answer.headers()["cache-control"], path).toContain("no-store");
  }
});

test("the session cookie is out of reach of scripts and of other sites", async ({ page, context, signIn }) => {
  await signIn("viewer");
  const session = (await context.cookies()).find((cookie) => cookie.name.includes("session-token"));
  expect(session).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/" });
  await page.goto("/fleet");
  expect(await page.evaluate(() => document.cookie)).not.toContain("session-token");
});

test("a change that another site makes the browser send is refused", async ({ page, signIn }) => {
  await signIn("owner");
  const before = await (await page.request.get("/api/trpc/fleet.sites.list")).text();
  const marks: Record<string, string>[] = [{ "sec-fetch-site": "cross-site" }, { origin: "https://evil.test" }];
  for (const headers of marks) {
    const answer = await page.request.post("/api/trpc/fleet.sites.create", {
      headers,
      data: { json: { name: "Forged" } },
    });
    expect(answer.status()).toBe(403);
  }
  expect(await (await page.request.get("/api/trpc/fleet.sites.list")).text()).toBe(before);
});

test.describe("with a script that somebody smuggled in", () => {
  test.use({ expectedErrors: [/Content Security Policy/] });
  test("the policy stops it", async ({ page, signIn }) => {
    await signIn("viewer");
    await page.goto("/fleet");
    const refused = await page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          document.addEventListener("securitypolicyviolation", (event) => resolve(event.violatedDirective), {
            once: true,
          });
          const box = document.createElement("div");
          box.innerHTML = '<img src="/icon.svg" onload="document.title = \'taken over\'">';
          document.body.append(box);
        }),
    );
    expect(refused).toMatch(/^script-src/);
    await expect(page).not.toHaveTitle("taken over");
  });
});

test.describe("another organisation", () => {
  test.use({ expectedErrors: [/404/] });
  test("sees none of our machines, not even with their address in hand", async ({ page, browser, baseURL, signIn }) => {
    await signIn("owner");
    const machines = new MachinesPage(page);
    await machines.open();
    const [path = ""] = await machines.linksAt("Local");
    const machineId = path.split("/").at(-1) ?? "";

    const stranger = await browser.newContext({ baseURL, locale: "en-GB" });
    const strangerPage = await stranger.newPage();
    await signInWith(strangerPage, await createEmptyOrganisation());
    const theirs = new MachinesPage(strangerPage);
    await theirs.open();
    await expect(theirs.empty).toBeVisible();
    await new MachinePage(strangerPage).open(path);
    await expect(new MachinePage(strangerPage).notHere).toBeVisible();
    const input = encodeURIComponent(JSON.stringify({ json: { machineId, chart: "memory", window: "1h" } }));
    const chart = await strangerPage.request.get(`/api/trpc/telemetry.chart?input=${input}`);
    expect(chart.status()).toBe(404);
    await stranger.close();
  });
});
