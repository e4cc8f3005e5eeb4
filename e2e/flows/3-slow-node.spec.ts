import { isDark } from "@/agent/simulated/fate";
import { expect, test } from "@/e2e/fixtures/test";
import { fullestMachine, plan } from "./fleet";
import { takePicture } from "./picture";

test("a slow node: from the fleet's memory to the machine that has none left, and to the leak that eats it", async ({
  page,
  signIn,
}) => {
  const now = Math.floor(Date.now() / 1000);
  const machine = fullestMachine((one) => !isDark(plan, one, now));
  await signIn("operator");
  await page.goto("/fleet");
  await page.getByRole("link", { name: "fullest machines" }).click();
  const first = page.getByRole("table").getByRole("link").first();
  await expect(first).toHaveText(machine.name);
  await takePicture(page, "flow-slow-node-compare");

  await first.click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(machine.name);
  await page.getByText("7 days", { exact: true }).click();
  await expect(page).toHaveURL(/7d/);
  await expect(page.getByText("How much memory is in use?").first()).toBeVisible();
  await takePicture(page, "flow-slow-node-cause");
});

test.describe("in German and dark", () => {
  test.use({ locale: "de-DE", colorScheme: "dark" });

  test("a machine with everything that is measured, for the first page of the docs", async ({ page, signIn }) => {
    const now = Math.floor(Date.now() / 1000);
    const machine = fullestMachine((one) => one.isBareMetal && !isDark(plan, one, now));
    await signIn("operator");
    await page.goto(`/fleet/machines?q=${machine.name}`);
    await page.getByRole("grid").getByText(machine.name, { exact: true }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(machine.name);
    await takePicture(page, "machine");
  });
});
