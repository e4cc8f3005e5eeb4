import { createRichOrganisation } from "@/e2e/fixtures/rich-organisation";
import { expect, signInWith, test } from "@/e2e/fixtures/test";
import { QuarantinePage } from "@/e2e/pages/quarantine-page";

/** Messages that arrived and could not be stored, and how long the others are kept. */

// A message that cannot be stored again is refused with a conflict, which browsers log.
test.use({ expectedErrors: [/409/] });

test("what was set aside is stored again or discarded, each after a question, with a line in the audit log", async ({
  page,
}) => {
  const { owner } = await createRichOrganisation();
  await signInWith(page, owner);
  await page.goto("/fleet");
  await page.getByRole("link", { name: /Quarantine.*14 messages could not be stored/s }).click();
  const quarantine = new QuarantinePage(page);
  await expect(quarantine.rows("Report")).toHaveCount(7);
  await expect(quarantine.rows("Readings")).toHaveCount(7);

  await quarantine.openFirst("Report");
  await expect(quarantine.panel).toContainText("the connection to the database was lost");
  await quarantine.decide("Try again", "Try to store it");
  await expect(quarantine.panel).toHaveCount(0);
  await expect(quarantine.rows("Report")).toHaveCount(6);

  await quarantine.openFirst("Readings");
  await quarantine.decide("Try again", "Try to store it");
  await expect(quarantine.panel.getByRole("alert")).toContainText("It still cannot be stored");
  await quarantine.decide("Discard", "Discard 1 message");
  await expect(quarantine.panel).toHaveCount(0);
  await expect(quarantine.rows("Readings")).toHaveCount(6);
  await expect(page.getByRole("link", { name: /Quarantine 12 need action/ })).toBeVisible();

  await page.goto("/audit");
  const log = page.getByRole("grid", { name: "Audit log" });
  await expect(log.getByText("tried a quarantined message again")).toHaveCount(1);
  await expect(log.getByText("discarded a quarantined message")).toHaveCount(1);
});

test("a viewer sees an empty quarantine without its buttons", async ({ page, signIn }) => {
  await signIn("viewer");
  const quarantine = new QuarantinePage(page);
  await quarantine.open();
  await expect(quarantine.empty).toBeVisible();
});

test("keeping less history is asked about and written down; keeping more is not asked about", async ({ page }) => {
  const { owner } = await createRichOrganisation();
  await signInWith(page, owner);
  await page.goto("/telemetry/storage");
  const days = page.getByLabel("Single readings, days");
  const save = page.getByRole("button", { name: "Keep history so long" });
  await days.fill("1");
  await save.click();
  await expect(page.getByText("A whole number from 2 to 400")).toBeVisible();
  await days.fill("50");
  await save.click();
  await expect(page.getByRole("cell", { name: "50 days" })).toBeVisible();
  await days.fill("7");
  await save.click();
  const question = page.getByRole("alertdialog", { name: "Keep less history?" });
  await expect(question).toContainText("Single readings from before");
  await question.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("cell", { name: "50 days" })).toBeVisible();
  await save.click();
  await question.getByRole("button", { name: "Keep less" }).click();
  await expect(page.getByRole("cell", { name: "7 days" })).toBeVisible();
  await page.goto("/audit");
  const log = page.getByRole("grid", { name: "Audit log" });
  await expect(log.getByText("changed how long history is kept")).toHaveCount(2);
});
