import pg from "pg";
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

/** As if this machine had also reported for a minute forty minutes ago, and then been silent. */
async function writeOlderReadings(machineId: string): Promise<void> {
  const client = new pg.Client({ connectionString: readRuntime().adminDatabaseUrl });
  await client.connect();
  try {
    await client.query(
      `insert into telemetry_samples (org_id, entity_id, observed_at, received_at, readings, unknown)
       select s.org_id, s.entity_id, now() - interval '40 minutes' + n * interval '15 seconds', s.received_at, s.readings, s.unknown
       from generate_series(0, 4) n,
         lateral (select s.* from telemetry_samples s
           join telemetry_entities e on e.org_id = s.org_id and e.id = s.entity_id
           where e.machine_id = $1 and e.kind = 'machine' order by s.observed_at desc limit 1) s`,
      [machineId],
    );
  } finally {
    await client.end();
  }
}
