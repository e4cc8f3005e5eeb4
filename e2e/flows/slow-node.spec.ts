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
  await page.getByRole("button", { name: "7 d", exact: true }).click();
  await expect(page.getByRole("figure", { name: /Memory/ })).toBeVisible();
  await takePicture(page, "flow-slow-node-cause");
});
