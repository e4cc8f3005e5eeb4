import { expect, test } from "@/e2e/fixtures/test";
import { readOutage, sitesOf } from "./fleet";
import { takePicture } from "./picture";

test("a carrier is out: from the overview to the sites that it took, whom to call and what to do", async ({
  page,
  signIn,
}) => {
  const outage = readOutage();
  const sites = sitesOf(outage);
  const region = sites[0]?.place.region ?? "";
  const name = `Carrier ${outage.carrier} · Region ${region}`;
  await signIn("operator");
  await page.goto("/fleet");
  const line = page.getByRole("main").getByRole("link", { name });
  await expect(line).toContainText(/sites dark/);
  await takePicture(page, "overview");

  await line.click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
  const contacts = page.getByRole("region", { name: "Whom to call" });
  await expect(contacts.getByRole("link", { name: /^noc-/ }).first()).toHaveAttribute("href", /^mailto:noc-/);
  await expect(contacts.getByRole("link", { name: "Runbook" }).first()).toHaveAttribute(
    "href",
    /^https:\/\/runbooks\.example\.org\/.+\/edge$/,
  );
  await takePicture(page, "flow-outage-cause");

  await page.getByRole("link", { name: "Its sites on the map" }).click();
  await expect(page.getByRole("link", { name: `Outage: ${name}` })).toBeVisible();
  const list = page.getByRole("grid", { name: "Sites" });
  for (const site of sites) await expect(list.getByRole("row", { name: site.name })).toBeVisible();
  // Its region's row, and the head.
  await expect(list.getByRole("row")).toHaveCount(sites.length + 2);
  await takePicture(page, "flow-outage-map");

  await list.getByRole("row", { name: sites[0]?.name ?? "" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(sites[0]?.name ?? "");
  await expect(page.getByRole("link", { name: /^https:\/\/runbooks/ })).toBeVisible();
});
