import { expect, type Locator, type Page } from "@playwright/test";

export type TokenWish = { siteName: string; siteLabels: string; tokenName: string; machines: number };

/** Agents and their enrolment. */
export class AgentsPage {
  readonly grid: Locator;
  readonly enrolButton: Locator;
  readonly tokens: Locator;
  readonly panel: Locator;
  readonly waitingRoom: Locator;

  constructor(readonly page: Page) {
    this.grid = page.getByRole("grid", { name: "Agents" });
    this.enrolButton = page.getByRole("button", { name: "Enrol machines" });
    this.tokens = page.getByRole("grid", { name: "Join tokens" });
    this.panel = page.getByRole("dialog");
    this.waitingRoom = page.getByRole("region", { name: "Waiting for approval" });
  }

  async open(): Promise<void> {
    await this.page.goto("/agents");
    await expect(this.page.getByRole("heading", { level: 1, name: "Enrolment" })).toBeVisible();
  }

  /** Makes a site and a token for it; the command that enrols, without the program's name. The window stays open. */
  async makeTokenForNewSite({ siteName, siteLabels, tokenName, machines }: TokenWish): Promise<string[]> {
    await this.enrolButton.click();
    const dialog = this.page.getByRole("dialog");
    await dialog.getByRole("combobox", { name: "Site" }).click();
    await this.page.getByRole("option", { name: "New site" }).click();
    await dialog.getByLabel("Name of the new site").fill(siteName);
    await dialog.getByLabel("Labels of the site").fill(siteLabels);
    await dialog.getByLabel("Name of this token").fill(tokenName);
    await dialog.getByLabel("Machines", { exact: true }).fill(String(machines));
    await dialog.getByRole("button", { name: "Make token" }).click();
    const command = dialog.getByRole("code").filter({ hasText: "--token" });
    await expect(command).toBeVisible();
    const words = ((await command.textContent()) ?? "").trim().split(/\s+/);
    expect(words.slice(0, 2)).toEqual(["node", "fernblick-agent.cjs"]);
    return words.slice(2);
  }

  /** What the window of the token says of who came in so far. */
  arrivals(): Locator {
    // The copy buttons have a status of their own, which is empty.
    return this.page.getByRole("dialog").getByRole("status").filter({ hasText: /\S/ });
  }

  async closeToken(): Promise<void> {
    await this.page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
    await expect(this.page.getByRole("dialog")).toHaveCount(0);
  }

  rowsAt(siteName: string): Locator {
    return this.grid.getByRole("row").filter({ has: this.page.getByRole("gridcell", { name: siteName, exact: true }) });
  }

  /** The agent that speaks for the machine at this address. */
  rowOf(machinePath: string): Locator {
    return this.grid.getByRole("row").filter({ has: this.page.locator(`a[href="${machinePath}"]`) });
  }

  /** Opens the panel of the agent that speaks for a machine. */
  async openPanel(machinePath: string): Promise<void> {
    // The name leads to the machine; any other cell opens the agent.
    await this.rowOf(machinePath).getByText("0.1.0").click();
    await expect(this.panel).toBeVisible();
  }

  /** Revokes the agent whose panel is open. */
  async revoke(): Promise<void> {
    await this.panel.getByRole("button", { name: "Revoke agent" }).click();
    await this.page.getByRole("alertdialog").getByRole("button", { name: "Revoke agent" }).click();
    await expect(this.page.getByText(/was revoked/)).toBeVisible();
  }
}
