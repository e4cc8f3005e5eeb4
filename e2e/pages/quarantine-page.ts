import { expect, type Locator, type Page } from "@playwright/test";

/** Messages that could not be stored. */
export class QuarantinePage {
  readonly grid: Locator;
  readonly panel: Locator;
  readonly question: Locator;
  readonly empty: Locator;

  constructor(readonly page: Page) {
    this.grid = page.getByRole("grid", { name: "Messages set aside" });
    this.panel = page.getByRole("dialog");
    this.question = page.getByRole("alertdialog");
    this.empty = page.getByRole("heading", { name: "Messages that cannot be stored would stand here." });
  }

  async open(): Promise<void> {
    await this.page.goto("/telemetry/quarantine");
    await expect(this.page.getByRole("heading", { level: 1, name: "Quarantine" })).toBeVisible();
  }

  rows(kind: "Report" | "Readings"): Locator {
    return this.grid.getByRole("row").filter({ has: this.page.getByRole("gridcell", { name: kind, exact: true }) });
  }

  /** Opens the first message of this kind with the keyboard alone. */
  async openFirst(kind: "Report" | "Readings"): Promise<void> {
    await this.rows(kind).first().focus();
    await this.page.keyboard.press("Enter");
    await expect(this.panel).toBeVisible();
  }

  /** Presses a button of the panel and says yes to what it asks. */
  async decide(action: "Try again" | "Discard", yes: "Try to store it" | "Discard 1 message"): Promise<void> {
    await this.panel.getByRole("button", { name: action }).click();
    await this.question.getByRole("button", { name: yes }).click();
  }
}
