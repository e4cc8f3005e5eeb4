import { mkdirSync } from "node:fs";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { createRichOrganisation, type RichOrganisation } from "@/e2e/fixtures/rich-organisation";
import { expect, signInWith, test } from "@/e2e/fixtures/test";

/** Every page in every dress: for machines (axe, overflow, console) and, as pictures, for people. */

const PICTURES = join(process.cwd(), "test-results", "pictures");
const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const;
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];

type Stop = { name: string; open: (page: Page) => Promise<void> };

async function openMachine(page: Page, tab: string): Promise<void> {
  await page.goto("/fleet/machines");
  const href = await page.getByRole("grid").getByRole("link").first().getAttribute("href");
  await page.goto(tab === "overview" ? `${href}` : `${href}?tab=${tab}`);
  await expect(page.getByRole("tabpanel")).toBeVisible();
}

async function openLink(page: Page): Promise<void> {
  await page.goto("/link");
  await page.goto((await page.getByRole("grid").getByRole("link").first().getAttribute("href")) ?? "/link");
  await expect(page.getByRole("heading", { level: 2 }).first()).toBeVisible();
}

const CONSOLE_PAGES: readonly Stop[] = [
  { name: "overview", open: async (page) => void (await page.goto("/fleet")) },
  { name: "sites", open: async (page) => void (await page.goto("/sites")) },
  { name: "outages", open: async (page) => void (await page.goto("/outages")) },
  { name: "clusters", open: async (page) => void (await page.goto("/clusters")) },
  { name: "machines", open: async (page) => void (await page.goto("/fleet/machines")) },
  { name: "applications", open: async (page) => void (await page.goto("/applications")) },
  { name: "storage", open: async (page) => void (await page.goto("/storage")) },
  {
    name: "machines-grouped",
    open: async (page) => void (await page.goto("/fleet/machines?group=@site&open=%3DLocal")),
  },
  { name: "machine", open: (page) => openMachine(page, "overview") },
  { name: "machine-storage", open: (page) => openMachine(page, "storage") },
  { name: "machine-network", open: (page) => openMachine(page, "network") },
  { name: "machine-hardware", open: (page) => openMachine(page, "hardware") },
  { name: "support", open: async (page) => void (await page.goto("/support")) },
  { name: "links", open: async (page) => void (await page.goto("/link")) },
  { name: "link", open: openLink },
  { name: "compare", open: async (page) => void (await page.goto("/telemetry/compare")) },
  { name: "quarantine", open: async (page) => void (await page.goto("/telemetry/quarantine")) },
  { name: "storage", open: async (page) => void (await page.goto("/telemetry/storage")) },
  { name: "agents", open: async (page) => void (await page.goto("/agents")) },
  { name: "senders", open: async (page) => void (await page.goto("/senders")) },
  { name: "team", open: async (page) => void (await page.goto("/access")) },
  { name: "audit", open: async (page) => void (await page.goto("/audit")) },
];
/** What breaks a layout is data: an organisation where every name is long and every figure is large. */
const CLUSTER_TABS = ["nodes", "applications", "systems", "storage", "network", "versions", "warnings"] as const;
const richPages = ({ siteId, machineId, clusterId }: RichOrganisation): Stop[] => [
  { name: "rich-overview", open: async (page) => void (await page.goto("/fleet")) },
  { name: "rich-machines", open: async (page) => void (await page.goto("/fleet/machines")) },
  { name: "rich-machine", open: async (page) => void (await page.goto(`/fleet/machines/${machineId}`)) },
  { name: "rich-sites", open: async (page) => void (await page.goto("/sites")) },
  { name: "rich-site", open: async (page) => void (await page.goto(`/sites/${siteId}`)) },
  { name: "rich-clusters", open: async (page) => void (await page.goto("/clusters")) },
  { name: "rich-applications", open: async (page) => void (await page.goto("/applications?group=@health")) },
  { name: "rich-cluster", open: async (page) => void (await page.goto(`/clusters/${clusterId}`)) },
  ...CLUSTER_TABS.map((tab) => ({
    name: `rich-cluster-${tab}`,
    open: async (page: Page) => void (await page.goto(`/clusters/${clusterId}?tab=${tab}`)),
  })),
  ...["versions", "calendar", "plan"].map((tab) => ({
    name: `rich-support-${tab}`,
    open: async (page: Page) => void (await page.goto(`/support?tab=${tab}`)),
  })),
  { name: "rich-links", open: async (page) => void (await page.goto("/link")) },
  { name: "rich-link", open: async (page) => void (await page.goto(`/link/${siteId}`)) },
  { name: "rich-compare", open: async (page) => void (await page.goto("/telemetry/compare?by=site")) },
  { name: "rich-quarantine", open: async (page) => void (await page.goto("/telemetry/quarantine")) },
  { name: "rich-storage", open: async (page) => void (await page.goto("/telemetry/storage")) },
  { name: "rich-agents", open: async (page) => void (await page.goto("/agents")) },
];
const OUTER_PAGES: readonly Stop[] = [
  { name: "sign-in", open: async (page) => void (await page.goto("/sign-in")) },
  { name: "invitation-ended", open: async (page) => void (await page.goto("/invitation#fbi_nothing")) },
];

async function inspect(page: Page, stop: Stop, suffix: string): Promise<void> {
  await stop.open(page);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
  await expect(page).toHaveTitle(/\S+ · Fernblick$/);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow, `${stop.name} is wider than the screen`).toBeLessThanOrEqual(0);
  await expect(page.getByRole("main"), `${stop.name} shows a key`).not.toContainText(
    /\b(access|agents|audit|clusters|errors|fleet|lists|outages|search|senders|shell|sites|support|telemetry|ui)\.[a-z]+(\.[a-zA-Z]+)+\b/,
  );
  await page.screenshot({ path: join(PICTURES, `${stop.name}-${suffix}.png`) });
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`),
    stop.name,
  ).toEqual([]);
}

// The longest file by far, and its tests only look.
test.describe.configure({ mode: "parallel" });

test.beforeAll(() => {
  mkdirSync(PICTURES, { recursive: true });
});

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const theme of ["light", "dark"] as const) {
    for (const language of ["en", "de"] as const) {
      test.describe(`${size}, ${theme}, ${language}`, () => {
        test.use({ viewport, colorScheme: theme, locale: language === "de" ? "de-DE" : "en-GB" });
        test("every page is accessible, fits the screen, speaks the language and logs no error", async ({
          page,
          signIn,
        }) => {
          test.setTimeout(300_000);
          const suffix = `${size}-${theme}-${language}`;
          for (const stop of OUTER_PAGES) await inspect(page, stop, suffix);
          await signIn("owner");
          for (const stop of CONSOLE_PAGES) await inspect(page, stop, suffix);
        });
      });
    }
  }
}

/** Theme and language change little of what data breaks: the phone in all dresses, a desk in the one with long words. */
const RICH_DRESSES = [
  ["phone", "light", "en"],
  ["phone", "light", "de"],
  ["phone", "dark", "en"],
  ["phone", "dark", "de"],
  ["desktop", "light", "de"],
] as const;
for (const [size, theme, language] of RICH_DRESSES) {
  test.describe(`${size}, ${theme}, ${language}`, () => {
    test.use({ viewport: SIZES[size], colorScheme: theme, locale: language === "de" ? "de-DE" : "en-GB" });
    test("every page holds long names and large figures", async ({ page }) => {
      test.setTimeout(300_000);
      // Anew for each dress, so that its figures are of now: what is old is drawn in other words.
      const rich = await createRichOrganisation();
      await signInWith(page, rich.owner);
      for (const stop of richPages(rich)) await inspect(page, stop, `${size}-${theme}-${language}`);
    });
  });
}
