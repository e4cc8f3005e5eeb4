import { readFileSync } from "node:fs";
import pg from "pg";
import { createRichOrganisation } from "@/e2e/fixtures/rich-organisation";
import { readRuntime } from "@/e2e/fixtures/started";
import { expect, signInWith, test } from "@/e2e/fixtures/test";

test.use({ locale: "en-GB" });

/** Ten more clusters at the site of a rich organisation, without what is in them. */
async function addClusters(orgId: string, distribution: string, gitVersion: string): Promise<void> {
  const admin = new pg.Client({ connectionString: readRuntime().adminDatabaseUrl });
  await admin.connect();
  await admin.query(
    `with made as (
       insert into agents (org_id, site_id, join_token_id, public_key, status, hostname, platform, version, interval_seconds)
       select org_id, site_id, id, sha256(convert_to($2 || $3 || at || id, 'utf8')), 'active', $2 || '-' || at, 'linux/x64', '1', 60
       from join_tokens, generate_series(0, 9) as at where org_id = $1 returning id, org_id, site_id, hostname)
     insert into clusters (org_id, site_id, uid, name, agent_id, distribution, git_version)
     select org_id, site_id, id::text, hostname, id, $2, $3 from made`,
    [orgId, distribution, gitVersion],
  );
  await admin.end();
}

test("who loses support this quarter is two clicks from the overview; each plan says step by step what to do", async ({
  page,
}) => {
  test.setTimeout(120_000);
  const { owner, orgId } = await createRichOrganisation();
  await addClusters(orgId, "upstream", "v1.36.2");
  await signInWith(page, owner);
  await page.goto("/fleet");
  await page.getByRole("navigation").getByRole("link", { name: "Support", exact: true }).first().click();
  await page.getByRole("link", { name: /this quarter$/ }).click();
  await expect(page).toHaveURL(/tab=plan&from=\d{4}-\d\d-01&until=/);
  const grid = page.getByRole("grid", { name: "Clusters by urgency" });
  await expect(page.getByText(/^Only support ends/)).toBeVisible();

  // What nobody knows is a state of its own, and never a green one.
  await page.getByRole("link", { name: /^Unknown 1 / }).click();
  await expect(grid.getByRole("row").nth(1)).toContainText("unknown");
  await page.goto("/support?tab=plan");
  await expect(grid.getByRole("row").nth(1)).toContainText(/ended .*2026/);
  await expect(grid.getByRole("row").nth(1)).toContainText("Kubelets too old: nodes first");
  await grid.getByRole("row").nth(1).focus();
  await page.keyboard.press("Enter");
  const panel = page.getByRole("dialog");
  await expect(panel.getByRole("listitem").first()).toContainText("1 node 1.29 → 1.30");
  await expect(panel).toContainText("Control plane 1.33 → 1.34");
  await expect(panel).toContainText("fsn1-worker-1");
  await page.keyboard.press("Escape");
  await expect(panel).toBeHidden();

  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download CSV" }).click();
  const file = readFileSync(await (await download).path(), "utf8");
  expect(file.split("\r\n")[1]).toMatch(/^cluster-.*,k3s,v1\.33\.1\+k3s1,ended,2026-06-28,/);
});

test("versions and calendar lead to the clusters that they count", async ({ page }) => {
  test.setTimeout(120_000);
  const { owner, orgId } = await createRichOrganisation();
  for (const [distribution, version] of [
    ["upstream", "v1.36.2"],
    ["eks", "v1.36.1-eks-1"],
    ["rke2", "v1.35.1+rke2r1"],
  ] as const) {
    await addClusters(orgId, distribution, version);
  }
  await signInWith(page, owner);
  await page.goto("/support");
  await page.getByRole("link", { name: "10 Amazon EKS 1.36" }).click();
  const grid = page.getByRole("grid", { name: "Clusters by urgency" });
  await expect(grid.getByRole("row")).toHaveCount(11);
  await expect(grid.getByRole("row").nth(1)).toContainText("eks-0");
  await page.getByRole("tab", { name: "Versions" }).click();
  await page.getByRole("link", { name: "1 cluster breaks the skew policy" }).click();
  await expect(grid.getByRole("row")).toHaveCount(2);
  await page.getByRole("tab", { name: "Calendar" }).click();
  await expect(page.getByRole("heading", { level: 3 })).toHaveCount(12);
});

test("an own calendar is read without signing in, until it is ended", async ({ page, playwright }) => {
  test.setTimeout(120_000);
  const { owner, orgId } = await createRichOrganisation();
  await addClusters(orgId, "upstream", "v1.36.2");
  await signInWith(page, owner);
  await page.goto("/support");
  await page.getByRole("button", { name: "Calendar" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Make an address" }).click();
  const url = ((await dialog.getByRole("code").textContent()) ?? "").trim();
  const reader = await playwright.request.newContext();
  const answer = await reader.get(url);
  expect([answer.status(), answer.headers()["content-type"]]).toEqual([200, "text/calendar; charset=utf-8"]);
  const text = await answer.text();
  expect(text).toMatch(/^BEGIN:VCALENDAR\r\nVERSION:2\.0\r\n/);
  expect(text).toContain("SUMMARY:Kubernetes 1.36: support ends\r\n");
  expect((await reader.get(url, { headers: { "if-none-match": answer.headers().etag ?? "" } })).status()).toBe(304);

  const download = page.waitForEvent("download");
  await dialog.getByRole("link", { name: /Download once/ }).click();
  const events = (calendar: string) => calendar.match(/^UID:.*$/gm);
  expect(events(readFileSync(await (await download).path(), "utf8"))).toEqual(events(text));
  await dialog.getByRole("button", { name: "End it" }).click();
  await expect(dialog.getByText("You have no calendar address yet.")).toBeVisible();
  expect((await reader.get(url)).status()).toBe(404);
  expect((await reader.get("/api/support.csv".replace(/^/, new URL(url).origin))).status()).toBe(401);
  await reader.dispose();
});
