import { expect, type Locator, type Page } from "@playwright/test";

export type ChartTable = { columns: string[]; rows: string[][] };

/** One machine. */
export class MachinePage {
  readonly collision: Locator;
  readonly otherMachine: Locator;
  readonly timeline: Locator;
  readonly notHere: Locator;

  constructor(readonly page: Page) {
    this.collision = page.getByRole("status").filter({ hasText: "claims the same system UUID" });
    this.otherMachine = page.getByRole("link", { name: "Show the other machine" });
    this.timeline = page.getByRole("complementary", { name: "Timeline" });
    this.notHere = page.getByRole("heading", { level: 1, name: "This machine is not here" });
  }

  async open(path: string): Promise<void> {
    await this.page.goto(path);
    await expect(this.page.getByRole("heading", { level: 1 })).toBeVisible();
  }

  /** The id of the machine that is open. */
  id(): string {
    return new URL(this.page.url()).pathname.split("/").at(-1) ?? "";
  }

  /** One of the six figures above the charts: its words as one text. */
  figure(label: string): Locator {
    return this.page.getByText(label, { exact: true }).locator("..");
  }

  /** What stands in place of a chart when nothing of it could ever be read. */
  unknownChart(question: string): Locator {
    return this.page.getByText(question, { exact: true }).locator("..");
  }

  /** The chart that answers this question. */
  chart(question: string): Locator {
    return this.page.getByRole("figure", { name: question });
  }

  async chooseTab(name: string): Promise<void> {
    await this.page.getByRole("tab", { name }).click();
    await expect(this.page.getByRole("tab", { name })).toHaveAttribute("aria-selected", "true");
  }

  windowButton(name: string): Locator {
    return this.page.getByRole("group", { name: "Time window" }).getByRole("button", { name, exact: true });
  }

  async chooseWindow(name: string): Promise<void> {
    await this.windowButton(name).click();
    await expect(this.windowButton(name)).toHaveAttribute("aria-pressed", "true");
  }

  /** The figures of a chart as its table shows them, the newest first. */
  async readChartTable(question: string): Promise<ChartTable> {
    const chart = this.chart(question);
    await chart.getByRole("button", { name: "Show as table" }).click();
    const table = chart.getByRole("table");
    await expect(table).toBeVisible();
    // In one look, because a reading may arrive between two.
    return table.evaluate((element) => {
      const rows = [...element.querySelectorAll("tr")].map((row) =>
        [...row.children].map((cell) => cell.textContent?.replaceAll(/\s/g, " ").trim() ?? ""),
      );
      return { columns: rows[0] ?? [], rows: rows.slice(1) };
    });
  }

  /** Of how many pieces each line is drawn: one more than it has gaps. */
  async linePieces(question: string): Promise<number[]> {
    const lines = await this.chart(question).locator("path.recharts-line-curve").all();
    const drawn = await Promise.all(lines.map((line) => line.getAttribute("d")));
    return drawn.map((path) => path?.match(/M/g)?.length ?? 0);
  }

  async showAsChart(question: string): Promise<void> {
    await this.chart(question).getByRole("button", { name: "Show as chart" }).click();
  }

  /** The lines of the file that "Download CSV" gives. */
  async downloadCsv(question: string): Promise<{ fileName: string; lines: string[] }> {
    const arrives = this.page.waitForEvent("download");
    await this.chart(question).getByRole("button", { name: "Download CSV" }).click();
    const download = await arrives;
    const parts: Buffer[] = [];
    for await (const part of await download.createReadStream()) parts.push(part as Buffer);
    const text = Buffer.concat(parts)
      .toString("utf8")
      .replace(/^\uFEFF/, "");
    return { fileName: download.suggestedFilename(), lines: text.trim().split(/\r?\n/) };
  }
}
