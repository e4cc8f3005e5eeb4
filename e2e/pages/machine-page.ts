import { expect, type Locator, type Page } from "@playwright/test";

export type ChartTable = { columns: string[]; rows: string[][] };

/** One machine. */
export class MachinePage {
  readonly collision: Locator;
  readonly otherMachine: Locator;
  readonly timeline: Locator;
  readonly notHere: Locator;

  constructor(readonly page: Page) {
    this.collision = page.getByRole("status").filter({ hasText: "claims the same identity" });
    this.otherMachine = this.collision.getByRole("link");
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

  /** Chooses a part of a chart's time by dragging over it; both as a share of the width of its drawing. */
  async dragOver(question: string, from: number, to: number): Promise<void> {
    const box = await this.chart(question).locator(".recharts-surface").first().boundingBox();
    if (!box) throw new Error(`${question} is not drawn`);
    const y = box.y + box.height / 2;
    await this.page.mouse.move(box.x + from * box.width, y);
    await this.page.mouse.down();
    await this.page.mouse.move(box.x + to * box.width, y, { steps: 5 });
    await this.page.mouse.up();
  }

  /** Presses keys while the drawing of a chart, or what stands in its place, has the focus. */
  async pressOn(question: string, key: string): Promise<void> {
    await this.chart(question).getByRole("application").press(key);
  }

  /** The span in the address in seconds; null while the window up to now is shown. */
  spanSeconds(): number | null {
    const { searchParams } = new URL(this.page.url());
    const [from, to] = [searchParams.get("from"), searchParams.get("to")];
    return from && to ? (Date.parse(to) - Date.parse(from)) / 1000 : null;
  }

  rangeButton(name: string): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  /** The figures of a chart as its table shows them, the newest first. */
  async readChartTable(question: string): Promise<ChartTable> {
    const chart = this.chart(question);
    await chart.getByRole("button", { name: "Show as table" }).click();
    const table = chart.getByRole("table");
    await expect(table).toBeVisible();
    // In one look, because a reading may arrive between two.
    return table.evaluate((element) => {
      const rows = [...element.querySelectorAll("thead tr, tbody tr")].map((row) =>
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
