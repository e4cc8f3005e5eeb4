import { join } from "node:path";
import { expect, type Page } from "@playwright/test";

const FOLDER = join(process.cwd(), "docs", "pictures");

/** A picture for the docs, of a page that has loaded. */
export async function takePicture(page: Page, name: string): Promise<void> {
  // Not by its role: a window that is open hides it from the tree of roles.
  await expect(page.locator("header").getByText("Live", { exact: true }).first()).toBeVisible();
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
  // The pointer would leave a tooltip or a row that is marked.
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(FOLDER, `${name}.png`), animations: "disabled" });
}
