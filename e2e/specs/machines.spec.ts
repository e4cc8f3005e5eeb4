import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, hostname, release } from "node:os";
import { quantityText } from "@/contract/units";
import { expect, test } from "@/e2e/fixtures/test";

/** What the console says of this very machine, against what the machine says of itself. */

const LOCALE = "en";
/** Filesystems that hold no data of their own; the agent leaves them out as well. */
const PSEUDO = /^(tmpfs|devtmpfs|overlay|squashfs|efivarfs|ramfs|none|udev)$/;

function memoryTotalBytes(): number {
  const kibibytes = /^MemTotal:\s+(\d+) kB/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
  return Number(kibibytes) * 1024;
}

/** Mount point → size in bytes, as `df` has it. */
function realFilesystems(): Map<string, number> {
  const lines = execFileSync("df", ["-B1", "--output=target,fstype,size"], { encoding: "utf8" })
    .trim()
    .split("\n")
    .slice(1);
  const rows = lines.map((line) => line.trim().split(/\s+/));
  return new Map(
    rows.flatMap(([target = "", type = "", size = ""]) =>
      PSEUDO.test(type) && target !== "/" ? [] : [[target, Number(size)] as const],
    ),
  );
}

const plain = (text: string) => text.replaceAll(/\s/g, "");

test("the list shows this machine with its true cores and memory", async ({ page, signIn }) => {
  await signIn("viewer");
  await page.goto(`/fleet/machines?q=${encodeURIComponent(hostname())}`);
  const row = page.getByRole("grid", { name: "Machines" }).getByRole("row").filter({ hasText: "Local" });
  await expect(row.first()).toBeVisible();
  const cells = (await row.first().getByRole("gridcell").allInnerTexts()).map(plain);
  expect(cells).toContain(String(availableParallelism()));
  expect(cells.join(" ")).toContain(plain(quantityText("bytes", memoryTotalBytes(), LOCALE)));
});

test("its page shows every real filesystem with the size that df gives, and its kernel", async ({ page, signIn }) => {
  await signIn("viewer");
  await page.goto("/fleet/machines?sort=lastReceived&order=desc");
  await page.getByRole("grid").getByRole("row").filter({ hasText: "Local" }).first().getByRole("link").click();
  await expect(page.getByRole("main").getByText(release()).first()).toBeVisible();
  await expect(page).toHaveTitle(`${hostname()} · Fernblick`);
  await page.getByRole("tab", { name: "Storage" }).click();
  const table = page.getByRole("region", { name: "Filesystems" }).getByRole("table");
  await expect(table).toBeVisible();
  const shown = new Map<string, string>();
  for (const row of (await table.getByRole("row").all()).slice(1)) {
    const [name = "", , , size = ""] = await row.getByRole("cell").allInnerTexts();
    shown.set(name.trim(), plain(size));
  }
  const expected = [...realFilesystems()].map(([target, size]) => [target, plain(quantityText("bytes", size, LOCALE))]);
  expect([...shown].sort()).toEqual(expected.sort());
});

test("values move by themselves, and what cannot be read is unknown with its reason and never zero", async ({
  page,
  signIn,
}) => {
  await signIn("viewer");
  await page.goto("/fleet/machines?state=online&sort=lastReceived&order=desc");
  await page.getByRole("grid").getByRole("row").filter({ hasText: "Local" }).first().getByRole("link").click();
  await page.getByRole("button", { name: "Show as table" }).first().click();
  const figures = page.getByRole("tabpanel").getByRole("table").first();
  const newest = figures.getByRole("row").nth(1);
  const before = (await newest.textContent()) ?? "";
  await expect(newest).not.toHaveText(before, { timeout: 40_000 });
  await expect(page.getByText("Live", { exact: true })).toBeVisible();

  const power = page.getByRole("main").getByText("Power draw").locator("..");
  await expect(power).toContainText(/unknown|W/);
  await expect(power).not.toContainText(/^0/);
});

test("the list is used by keyboard alone, and its filters live in the address", async ({ page, signIn }) => {
  await signIn("viewer");
  await page.goto("/fleet/machines");
  const grid = page.getByRole("grid", { name: "Machines" });
  await expect(grid.getByRole("row").nth(1)).toBeVisible();
  await page.getByRole("textbox", { name: "Name, site, serial, UUID" }).focus();
  await page.keyboard.type(hostname().slice(0, 3));
  await expect(page).toHaveURL(new RegExp(`q=${hostname().slice(0, 3)}`));
  await page.getByRole("columnheader", { name: "CPU" }).getByRole("button").press("Enter");
  await expect(page).toHaveURL(/sort=cpu/);
  await page.reload();
  await expect(page.getByRole("textbox", { name: "Name, site, serial, UUID" })).toHaveValue(hostname().slice(0, 3));
  await grid.getByRole("row").nth(1).focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/fleet\/machines\/[0-9a-f-]{36}/);
});
