import { createRichOrganisation } from "@/e2e/fixtures/rich-organisation";
import { expect, signInWith, test } from "@/e2e/fixtures/test";

test.use({ locale: "en-GB" });

test("from the list to why an add-on is not well, by keyboard, and back by the address", async ({ page }) => {
  test.setTimeout(120_000);
  const { owner, clusterId } = await createRichOrganisation();
  await signInWith(page, owner);
  await page.goto("/fleet");
  await expect(page.getByText("1 node is not ready, of 3.")).toBeVisible();

  await page.goto("/clusters");
  const grid = page.getByRole("grid", { name: "Clusters" });
  // The worst first; of the one that never reported nothing is known, and nothing is shown as zero.
  await expect(grid.getByRole("row").nth(1)).toContainText("Degraded");
  await expect(grid.getByRole("row").nth(2)).toContainText("Never seen");
  await expect(grid.getByRole("row").nth(2)).toContainText("unknown");
  await grid.getByRole("row").nth(1).focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(clusterId));
  await expect(page.getByRole("heading", { level: 1 })).toContainText("cluster-");
  await expect(page.getByText("networkpolicies.networking.k8s.io not permitted")).toBeVisible();

  await page.getByRole("tab", { name: "Add-ons" }).click();
  await page.getByRole("button", { name: "Show the parts of CloudNativePG" }).press("Enter");
  const parts = page.getByRole("grid", { name: "Parts of CloudNativePG" });
  await expect(parts.getByRole("row").nth(1)).toContainText(
    "The log is not archived: a restore would lose everything since the last archived segment.",
  );
  await parts.getByRole("row").nth(1).focus();
  await page.keyboard.press("Enter");
  const panel = page.getByRole("dialog", { name: "shop-db" });
  await expect(panel).toContainText("exit status 1");
  await expect(panel).toContainText("instances");
  await page.keyboard.press("Escape");
  await expect(panel).toBeHidden();

  await page.goto(`/clusters/${clusterId}?tab=versions`);
  await expect(page.getByRole("row", { name: /kubelet v1\.29\.4/ })).toContainText("4 minors: too old");
  await page.goto("/clusters?q=nothing-like-that");
  await page.getByRole("button", { name: /clear/i }).last().click();
  await expect(grid.getByRole("row")).toHaveCount(3);
});

test.describe("without it", () => {
  test.use({ expectedErrors: [/404/] });

  test("a cluster that is not there says so, also one of somebody else", async ({ page, signIn }) => {
    const { clusterId } = await createRichOrganisation();
    await signIn("viewer");
    await page.goto(`/clusters/${clusterId}`);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("This cluster is not here");
  });
});
