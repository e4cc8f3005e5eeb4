import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type Browser, chromium, type Page } from "@playwright/test";
import { z } from "zod";
import { seedDemoAccounts } from "@/db/seed/demo-accounts";
import { insertManySites } from "@/db/testing/many-sites";
import { ConsoleVisitor } from "@/e2e/system/console-visitor";
import { freePort, startConsole } from "@/e2e/system/programs";
import { percentile, readOptions, significant } from "./options";
import { openStage } from "./programs/stage";

/**
 * `npm run bench:map` (after `npm run build`): the map of many sites in a real Chromium against the production console:
 * how long the answer takes and how large it is, and how long the browser's frames and tasks are while the map is moved
 * and zoomed. The trace stays in `test-results/map-trace.json` and opens in chrome://tracing. The last line is one JSON
 * object; milliseconds and bytes. Without a graphics card: what a card would draw, the processor does.
 */

const options = readOptions({ sites: 20_000, repeats: 20, steps: 120, browser: "/usr/bin/chromium" });
const OWNER = { role: "owner", email: "owner@map.test", password: "a long password for benches" } as const;
const SIZE = { width: 1440, height: 900 };
const TRACE = fileURLToPath(new URL("../test-results/map-trace.json", import.meta.url));
const Trace = z.object({
  traceEvents: z.array(
    z.looseObject({
      name: z.string(),
      ph: z.string(),
      pid: z.number(),
      tid: z.number(),
      ts: z.number().optional(),
      dur: z.number().optional(),
      tdur: z.number().optional(),
      args: z.looseObject({ name: z.string().optional() }).optional(),
    }),
  ),
});

/** As texts: what compiles this file adds helpers to functions that a page does not have. */
const WATCH_FRAMES = `
  window.frameTimes = [];
  window.isWatching = true;
  let last = performance.now();
  requestAnimationFrame(function note(now) {
    window.frameTimes.push(now - last);
    last = now;
    if (window.isWatching) requestAnimationFrame(note);
  });`;
const TAKE_FRAMES = "(window.isWatching = false, window.frameTimes)";

/** Times between frames while something goes on, told by the page itself. */
async function framesDuring(page: Page, work: () => Promise<void>): Promise<number[]> {
  await page.evaluate(`{${WATCH_FRAMES}}`);
  await work();
  return z.array(z.number()).parse(await page.evaluate(TAKE_FRAMES));
}

async function drag(page: Page, x: number, y: number): Promise<void> {
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let step = 1; step <= options.steps; step++) {
    const angle = (step / options.steps) * 4 * Math.PI;
    await page.mouse.move(x + 260 * Math.sin(angle), y + 180 * Math.sin(2 * angle));
  }
  await page.mouse.up();
}

async function zoom(page: Page, x: number, y: number): Promise<void> {
  await page.mouse.move(x, y);
  for (const delta of [-60, 60]) {
    for (let step = 0; step < options.steps / 4; step++) await page.mouse.wheel(0, delta);
  }
}

const summary = (values: readonly number[]) => ({
  count: values.length,
  p50: significant(percentile(values, 50), 3),
  p95: significant(percentile(values, 95), 3),
  longest: significant(Math.max(0, ...values), 3),
});

/** The longest tasks of the page's own thread: by the clock, and by the processor time that they had. */
function readTasks(): { wall: ReturnType<typeof summary>; processor: ReturnType<typeof summary> } {
  const { traceEvents } = Trace.parse(JSON.parse(readFileSync(TRACE, "utf8")));
  const mains = traceEvents.filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain");
  const tasks = traceEvents.filter(
    ({ name, ph, pid, tid }) =>
      ph === "X" && /RunTask$/.test(name) && mains.some((main) => main.pid === pid && main.tid === tid),
  );
  return {
    wall: summary(tasks.map(({ dur = 0 }) => dur / 1000)),
    processor: summary(tasks.flatMap(({ tdur }) => (tdur === undefined ? [] : [tdur / 1000]))),
  };
}

async function measureBrowser(browser: Browser, consoleUrl: string) {
  const page = await (await browser.newContext({ viewport: SIZE, baseURL: consoleUrl })).newPage();
  const csrf = z.object({ csrfToken: z.string() }).parse(await (await page.request.get("/api/auth/csrf")).json());
  await page.request.post("/api/auth/callback/password", {
    form: { email: OWNER.email, password: OWNER.password, ...csrf, callbackUrl: "/fleet" },
  });
  const scripts: Promise<number>[] = [];
  page.on("response", (response) => {
    if (/\.js(\?|$)/.test(response.url())) scripts.push(response.body().then((body) => gzipSync(body).length));
  });
  // The finer outlines come last; the live stream never ends, so that the network is never idle.
  const outlines = page.waitForResponse(/fine\.json/);
  await page.goto("/sites");
  await outlines;
  const map = page.getByRole("application");
  await map.waitFor();
  const box = await map.boundingBox();
  if (!box) throw new Error("the map has no place");
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  const scriptBytes = (await Promise.all(scripts)).reduce((sum, bytes) => sum + bytes, 0);
  await browser.startTracing(page, {
    path: TRACE,
    categories: ["devtools.timeline", "toplevel", "disabled-by-default-devtools.timeline"],
  });
  const panning = await framesDuring(page, () => drag(page, x, y));
  const zooming = await framesDuring(page, () => zoom(page, x, y));
  const panningNear = await framesDuring(page, () => drag(page, x, y));
  await browser.stopTracing();
  await page.screenshot({ path: join(TRACE, "..", "map.png") });
  return {
    scriptBytesGzipped: scriptBytes,
    frames: { panning: summary(panning), zooming: summary(zooming), panningNear: summary(panningNear) },
    tasks: readTasks(),
  };
}

async function measureAnswer(visitor: ConsoleVisitor, consoleUrl: string) {
  const milliseconds: number[] = [];
  let bytes = 0;
  let gzipped = 0;
  for (let repeat = 0; repeat < options.repeats + 3; repeat++) {
    const startedAt = performance.now();
    const response = await visitor.request(`${consoleUrl}/api/trpc/sites.map`);
    const body = Buffer.from(await response.arrayBuffer());
    if (response.status !== 200) throw new Error(`${response.status}: ${body.toString("utf8").slice(0, 300)}`);
    // The first are slower: nothing is compiled and nothing is cached yet.
    if (repeat >= 3) milliseconds.push(performance.now() - startedAt);
    [bytes, gzipped] = [body.length, gzipSync(body).length];
  }
  return { ...summary(milliseconds), bytes, gzipped };
}

async function main(): Promise<void> {
  mkdirSync(join(TRACE, ".."), { recursive: true });
  const stage = await openStage("map");
  const port = await freePort();
  const consoleUrl = `http://localhost:${port}`;
  const program = await startConsole(port, {
    DATABASE_URL: stage.roles.appUrl,
    AUTH_SECRET: "a secret for benches, of at least 32 characters",
    CONSOLE_URL: consoleUrl,
    FERNBLICK_LOG_LEVEL: "warn",
  });
  const browser = await chromium.launch({ executablePath: options.browser, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const { organisationId } = await seedDemoAccounts(stage.postgres.adminUrl, [OWNER]);
    await insertManySites(stage.admin, organisationId, options.sites);
    const visitor = new ConsoleVisitor(consoleUrl);
    await visitor.signIn(OWNER.email, OWNER.password);
    const answer = await measureAnswer(visitor, consoleUrl);
    console.log(JSON.stringify({ sites: options.sites, answer, ...(await measureBrowser(browser, consoleUrl)) }));
  } finally {
    await browser.close();
    await program.end("SIGTERM");
    await stage.close();
  }
}

await main();
