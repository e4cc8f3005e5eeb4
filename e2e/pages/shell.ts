import { expect, type Locator, type Page } from "@playwright/test";

/** What is around every page of the console: navigation, live mark, account, and the states that any page can be in. */
export class Shell {
  readonly title: Locator;
  readonly content: Locator;
  /** The word of the live mark: Live, Polling or Disconnected. */
  readonly live: Locator;
  /** A part that could not be loaded, or that is denied. */
  readonly problem: Locator;
  /** The bar above figures that are from before. */
  readonly staleBar: Locator;
  readonly retry: Locator;
  /** Parts that are still being loaded. */
  readonly loading: Locator;

  constructor(readonly page: Page) {
    this.title = page.getByRole("heading", { level: 1 });
    this.content = page.getByRole("main");
    this.live = page.getByRole("banner").getByRole("status");
    this.problem = this.content.getByRole("alert");
    this.staleBar = this.content.getByRole("status").filter({ hasText: "Asking again has failed" });
    this.retry = this.content.getByRole("button", { name: "Try again" });
    this.loading = this.content.getByRole("status").filter({ hasText: "Loading" });
  }

  /** The names of the areas that the navigation offers, in their order. */
  async areas(): Promise<string[]> {
    const links = this.page.getByRole("navigation", { name: "Main navigation" }).getByRole("link");
    await expect(links.first()).toBeVisible();
    return links.evaluateAll((all) => all.map((link) => link.firstElementChild?.nextElementSibling?.textContent ?? ""));
  }

  /** Follows a link of the navigation. */
  async openArea(name: string): Promise<void> {
    await this.page.getByRole("navigation", { name: "Main navigation" }).getByRole("link", { name }).click();
    await expect(this.title).toHaveText(name);
  }

  /** How far the document is wider than the window, in CSS pixels; 0 when it fits. */
  overflowPx(): Promise<number> {
    return this.page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return Math.max(0, scrollWidth - clientWidth);
    });
  }
}
