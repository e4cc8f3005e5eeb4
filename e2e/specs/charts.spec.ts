import pg from "pg";
import { absenceOf, createBlock, PRESENT } from "@/contract/codec/block";
import { encodeFrame } from "@/contract/codec/frame";
import { createLayout } from "@/contract/codec/layout";
import { toSteps } from "@/contract/metrics";
import { quantityText } from "@/contract/units";
import { readRuntime } from "@/e2e/fixtures/started";
import { expect, test } from "@/e2e/fixtures/test";
import { MachinePage } from "@/e2e/pages/machine-page";
import { MachinesPage } from "@/e2e/pages/machines-page";

/** The charts of this very machine. */

const MEMORY = "How much memory is in use?";
const WINDOWS = { "1 hour": "1h", "24 hours": "24h", "7 days": "7d", "30 days": "30d" } as const;

test.beforeEach(async ({ page, signIn }) => {
  await signIn("viewer");
  const machines = new MachinesPage(page);
  await machines.open();
  const [machine = ""] = await machines.linksAt("Local");
  await new MachinePage(page).open(machine);
});

test("each of the four windows stands in the address and survives a reload", async ({ page }) => {
  const machine = new MachinePage(page);
  for (const [name, word] of Object.entries(WINDOWS).reverse()) {
    await machine.chooseWindow(name);
    if (word === "1h") await expect(page).not.toHaveURL(/window=/);
    else await expect(page).toHaveURL(new RegExp(`window=${word}`));
    await expect(machine.chart(MEMORY)).toBeVisible();
  }
  await machine.chooseWindow("7 days");
  await page.reload();
  await expect(machine.windowButton("7 days")).toHaveAttribute("aria-pressed", "true");
});

test("the table beside a chart and its CSV file have the same figures", async ({ page }) => {
  const machine = new MachinePage(page);
  await expect(machine.chart(MEMORY)).toBeVisible();
  // From now on nothing may arrive between the two looks.
  await page.route("**/api/trpc/telemetry.chart**", () => {});
  const table = await machine.readChartTable(MEMORY);
  const { fileName, lines } = await machine.downloadCsv(MEMORY);
  expect(fileName).toBe("memory-1h.csv");
  expect(table.columns).toEqual(["Time", "Used", "Total"]);
  expect(lines[0]).toBe("time,Used (bytes),Total (bytes)");
  const known = table.rows.filter((row) => !row.includes("unknown")).map((row) => row.slice(1));
  const plain = (bytes: string | undefined) => quantityText("bytes", Number(bytes), "en").replaceAll(/\s/g, " ");
  const written = lines.slice(1).map((line) => line.split(",").slice(1).map(plain));
  expect(known).toEqual(written.reverse());
  expect(known.length).toBeGreaterThan(0);
});

test("a time without readings is a gap in the table and in the line, and is never bridged", async ({ page }) => {
  const machine = new MachinePage(page);
  const before = await machine.readChartTable(MEMORY);
  expect(before.rows.filter((row) => row.includes("unknown"))).toEqual([]);
  await writeOlderReadings(machine.id());
  await page.reload();
  const after = await machine.readChartTable(MEMORY);
  expect(after.rows.filter((row) => row.includes("unknown"))).toHaveLength(1);
  expect(after.rows.length).toBeGreaterThan(before.rows.length + 1);
  await machine.showAsChart(MEMORY);
  await expect.poll(() => machine.linePieces(MEMORY)).toEqual([2, 2]);
});

test("a part of the time is chosen by dragging or with the keyboard, stands in the address and is left with Escape", async ({
  page,
}) => {
  const machine = new MachinePage(page);
  // In the middle of the hour, around which the keys zoom: a span without readings has no plot to press keys on.
  await writeOlderReadings(machine.id(), 30);
  await machine.chooseWindow("24 hours");
  await expect(machine.chart(MEMORY).locator(".recharts-surface").first()).toBeVisible();
  await machine.dragOver(MEMORY, 0.3, 0.5);
  await expect.poll(() => machine.spanSeconds()).toBeGreaterThan(2 * 3600);
  const dragged = machine.spanSeconds() ?? 0;
  expect(dragged).toBeLessThan(8 * 3600);
  await expect(machine.windowButton("24 hours")).toHaveAttribute("aria-pressed", "false");
  await machine.rangeButton("Zoom in").click();
  await expect.poll(() => machine.spanSeconds()).toBe(dragged / 2);
  await page.reload();
  await expect(machine.chart(MEMORY)).toBeVisible();
  expect(machine.spanSeconds()).toBe(dragged / 2);
  await machine.rangeButton("Back to now").click();
  await expect.poll(() => machine.spanSeconds()).toBeNull();
  await expect(machine.windowButton("24 hours")).toHaveAttribute("aria-pressed", "true");
  await machine.chooseWindow("1 hour");
  for (const [key, seconds] of [
    ["+", 1800],
    ["+", 900],
    ["-", 1800],
    ["Shift+ArrowLeft", 1800],
    ["Shift+ArrowRight", 1800],
  ] as const) {
    await machine.pressOn(MEMORY, key);
    await expect.poll(() => machine.spanSeconds()).toBe(seconds);
    await expect(machine.chart(MEMORY).locator(".recharts-surface").first()).toBeVisible();
  }
  await machine.pressOn(MEMORY, "Escape");
  await expect.poll(() => machine.spanSeconds()).toBeNull();
});

test("a span without readings is left with the keys by which it was entered", async ({ page }) => {
  const machine = new MachinePage(page);
  await page.goto(`${new URL(page.url()).pathname}?from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z`);
  await expect(machine.chart(MEMORY).getByText("Nothing is known for this span of time.")).toBeVisible();
  await machine.pressOn(MEMORY, "-");
  await expect.poll(() => machine.spanSeconds()).toBe(7200);
  await page.keyboard.press("Escape");
  await expect.poll(() => machine.spanSeconds()).toBeNull();
  await expect(machine.chart(MEMORY).locator(".recharts-surface").first()).toBeVisible();
  await page.keyboard.press("+");
  await expect.poll(() => machine.spanSeconds()).toBe(1800);
});

test("the week before stands beside this one in the table and in the file, and is unknown where nothing was read", async ({
  page,
}) => {
  const machine = new MachinePage(page);
  await machine.rangeButton("Compare with the week before").click();
  await expect(page).toHaveURL(/compare=week/);
  await writeOlderReadings(machine.id(), 7 * 24 * 60 + 20);
  await page.reload();
  await expect(machine.chart(MEMORY).getByText("A week before", { exact: true })).toBeVisible();
  const table = await machine.readChartTable(MEMORY);
  expect(table.columns).toEqual(["Time", "Used", "Total", "Used, a week before", "Total, a week before"]);
  expect(table.rows.some((row) => row[3] !== "unknown" && row[1] === "unknown")).toBe(true);
  const { lines } = await machine.downloadCsv(MEMORY);
  expect(lines[0]).toContain('"Used, a week before (bytes)"');
});

const READINGS: Record<string, number> = {
  spanSeconds: 15,
  memoryTotalBytes: 8 * 1024 ** 3,
  memoryAvailableBytes: 4 * 1024 ** 3,
};

/** As if this machine had also reported for a minute so many minutes ago, and then been silent. */
async function writeOlderReadings(machineId: string, minutesAgo = 40): Promise<void> {
  const first = Math.floor(Date.now() / 1000) - 60 * minutesAgo;
  const moments = [0, 15, 30, 45, 60].map((seconds) => first + seconds);
  const block = createBlock(createLayout([{ kind: "machine", key: "machine" }]), moments);
  for (let column = 0; column < block.layout.columns; column += 1) {
    const metric = block.layout.metricOf(column);
    const value = READINGS[metric.name];
    const cells = [column * moments.length, (column + 1) * moments.length] as const;
    block.values.fill(value === undefined ? 0 : toSteps(metric, value), ...cells);
    block.absence.fill(value === undefined ? absenceOf("not_yet") : PRESENT, ...cells);
  }
  const client = new pg.Client({ connectionString: readRuntime().adminDatabaseUrl });
  await client.connect();
  try {
    await client.query(
      `with entity as (
         select e.org_id, e.stream_id, e.id from telemetry_entities e
         join telemetry_streams s on s.org_id = e.org_id and s.id = e.stream_id and s.sender_id is null
         where e.machine_id = $1 and e.kind = 'machine'),
       dictionary as (
         insert into telemetry_dictionaries (org_id, stream_id, hash, entity_ids)
         select org_id, stream_id, decode(lpad(to_hex($2::int), 16, '0'), 'hex'), array[id] from entity
         returning org_id, stream_id, id)
       insert into telemetry_inbox (org_id, stream_id, dictionary_id, first_moment, last_moment, moments, frame)
       select org_id, stream_id, id, $2, $3, $4, $5 from dictionary`,
      [machineId, first, moments.at(-1), moments.length, Buffer.from(encodeFrame(block))],
    );
  } finally {
    await client.end();
  }
}
