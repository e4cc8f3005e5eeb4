import { expect, type Locator, type Page } from "@playwright/test";

/** The list of all machines. */
export class MachinesPage {
  readonly grid: Locator;
  readonly search: Locator;
  readonly selector: Locator;
  readonly empty: Locator;

  constructor(readonly page: Page) {
    this.grid = page.getByRole("grid", { name: "Machines" });
    this.search = page.getByRole("textbox", { name: "Name, site, serial, UUID" });
    this.selector = page.getByRole("combobox", { name: "Selector" });
    this.empty = page.getByText("No machine is enrolled yet.");
  }

  /** Opens the list; `query` is what stands behind the `?` of a link that somebody was sent. */
  async open(query = ""): Promise<void> {
    await this.page.goto(query ? `/fleet/machines?${query}` : "/fleet/machines");
    await expect(this.page.getByRole("heading", { level: 1, name: "Machines" })).toBeVisible();
  }

  /** The machines at a site. */
  rowsAt(siteName: string): Locator {
    return this.grid.getByRole("row").filter({ has: this.page.getByRole("gridcell", { name: siteName, exact: true }) });
  }

  row(number: number): Locator {
    return this.grid.getByRole("row").nth(number);
  }

  /** The addresses of the machines at a site. */
  async linksAt(siteName: string): Promise<string[]> {
    const rows = this.rowsAt(siteName);
    await expect(rows.first()).toBeVisible();
    const links = await rows.getByRole("link").all();
    return Promise.all(links.map(async (link) => (await link.getAttribute("href")) ?? ""));
  }
}
