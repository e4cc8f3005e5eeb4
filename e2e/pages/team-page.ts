import { expect, type Locator, type Page } from "@playwright/test";

/** Members, invitations, sessions, password. */
export class TeamPage {
  readonly members: Locator;
  readonly inviteButton: Locator;
  readonly invitations: Locator;
  readonly matrix: Locator;

  constructor(readonly page: Page) {
    this.members = page.getByRole("grid", { name: "Members" });
    this.inviteButton = page.getByRole("button", { name: "Invite somebody" });
    this.invitations = page.getByRole("heading", { name: "Open invitations" });
    this.matrix = page.getByRole("heading", { name: "What a role may do" });
  }

  async open(): Promise<void> {
    await this.page.goto("/access");
    await expect(this.page.getByRole("heading", { level: 1, name: "Team" })).toBeVisible();
    await expect(this.matrix).toBeVisible();
  }

  member(name: string): Locator {
    return this.members.getByRole("row").filter({ hasText: name });
  }

  actionsFor(name: string): Locator {
    return this.page.getByRole("button", { name: `Actions for ${name}` });
  }

  /** Gives a member another role. */
  async changeRole(name: string, role: string): Promise<void> {
    await this.actionsFor(name).click();
    await this.page.getByRole("menuitem", { name: "Change role or reach" }).click();
    const dialog = this.page.getByRole("dialog");
    await dialog.getByRole("combobox", { name: "Role" }).click();
    await this.page.getByRole("option", { name: role, exact: true }).click();
    await dialog.getByRole("button", { name: "Save role and reach" }).click();
    await expect(dialog).toHaveCount(0);
  }

  /** Invites somebody with a reach over some sites; the part of the link behind the address. */
  async invite(email: string, selector: string): Promise<string> {
    await this.inviteButton.click();
    const dialog = this.page.getByRole("dialog");
    await dialog.getByLabel("E-mail").fill(email);
    await dialog.getByRole("combobox", { name: "Reach" }).click();
    await this.page.getByRole("option", { name: "Only sites with matching labels" }).click();
    await dialog.getByLabel("Label selector").fill(selector);
    await expect(dialog.getByRole("status")).toHaveText(/^Matches /);
    await dialog.getByRole("button", { name: "Make invitation" }).click();
    const link = dialog.getByRole("code");
    await expect(link).toContainText("/invitation#");
    const url = new URL((await link.textContent()) ?? "");
    await dialog.getByRole("button", { name: "Done" }).click();
    return url.pathname + url.hash;
  }

  /** Takes somebody out of the team. */
  async remove(name: string): Promise<void> {
    await this.actionsFor(name).click();
    await this.page.getByRole("menuitem", { name: "Remove from the team" }).click();
    await this.page
      .getByRole("alertdialog")
      .getByRole("button", { name: `Remove ${name}` })
      .click();
    await expect(this.member(name)).toHaveCount(0);
  }
}
