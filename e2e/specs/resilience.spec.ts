import { expect, test } from "@/e2e/fixtures/test";
import { MachinePage } from "@/e2e/pages/machine-page";
import { MachinesPage } from "@/e2e/pages/machines-page";
import { Shell } from "@/e2e/pages/shell";

/** Slow, broken, and back again: the page says what it knows and how old it is. */

const MEMORY = "How much memory is in use?";
const API = "**/api/trpc/**";
const STREAM = "**/api/trpc/fleet.updates**";

test("while an answer is under way the page shows its shape, and then the answer", async ({ page, signIn }) => {
  await signIn("viewer");
  const machines = new MachinesPage(page);
  await machines.open();
  const [path = ""] = await machines.linksAt("Local");
  const held: (() => void)[] = [];
  await page.route("**/api/trpc/**telemetry.chart**", (route) => {
    held.push(() => void route.continue());
  });
  const machine = new MachinePage(page);
  await machine.open(path);
  const shell = new Shell(page);
  await expect(shell.loading).toHaveCount(4);
  await expect(machine.chart(MEMORY)).toHaveCount(0);
  await expect.poll(() => held.length).toBeGreaterThan(0);
  for (const release of held) release();
  await page.unroute("**/api/trpc/**telemetry.chart**");
  await expect(machine.chart(MEMORY)).toBeVisible();
  await expect(shell.loading).toHaveCount(0);
});

test.describe("with an API that does not answer", () => {
  test.use({ expectedErrors: [/Failed to load resource|EventSource/] });

  test("what could not be loaded says so and can be tried again, and the rest of the page stands", async ({
    page,
    signIn,
  }) => {
    await signIn("viewer");
    const machines = new MachinesPage(page);
    await machines.open();
    const [path = ""] = await machines.linksAt("Local");
    await page.route(API, (route) => route.abort());
    const machine = new MachinePage(page);
    await machine.open(path);
    const shell = new Shell(page);
    await expect(shell.problem).toHaveCount(4);
    await expect(shell.problem.first()).toContainText("This could not be loaded");
    await expect(shell.problem.first()).toContainText("The console does not answer");
    await expect(machine.figure("Uptime")).toContainText(/\d/);
    await expect(shell.live).toHaveText("Polling");
    await page.unroute(API);
    await shell.retry.first().click();
    await expect(shell.problem).toHaveCount(3);
  });

  test("when the stream breaks the page says that it polls, and goes live again by itself", async ({
    page,
    signIn,
  }) => {
    await signIn("viewer");
    let refusals = 0;
    await page.route(STREAM, async (route) => {
      await route.abort();
      refusals += 1;
    });
    await page.goto("/fleet");
    const shell = new Shell(page);
    await expect.poll(() => refusals).toBeGreaterThan(0);
    await expect(shell.live).toHaveText("Polling");
    await page.unroute(STREAM);
    await expect(shell.live).toHaveText("Live", { timeout: 30_000 });
  });

  test("a console that restarts behind a proxy (502 for a while) brings the page back to live by itself", async ({
    page,
    signIn,
  }) => {
    await signIn("viewer");
    let refusals = 0;
    await page.route(STREAM, async (route) => {
      await route.fulfill({ status: 502, body: "" });
      refusals += 1;
    });
    await page.goto("/fleet");
    const shell = new Shell(page);
    await expect.poll(() => refusals).toBeGreaterThan(0);
    await expect(shell.live).toHaveText("Polling");
    await page.unroute(STREAM);
    await expect(shell.live).toHaveText("Live", { timeout: 30_000 });
  });

  test("a browser without network says that it is disconnected, keeps what it has, and comes back", async ({
    page,
    context,
    signIn,
  }) => {
    await signIn("viewer");
    await page.goto("/fleet");
    const shell = new Shell(page);
    await expect(shell.live).toHaveText("Live");
    await context.setOffline(true);
    await expect(shell.live).toHaveText("Disconnected");
    await expect(page.getByRole("heading", { name: "Fleet now" })).toBeVisible();
    await context.setOffline(false);
    await expect(shell.live).toHaveText("Live", { timeout: 30_000 });
  });
});
