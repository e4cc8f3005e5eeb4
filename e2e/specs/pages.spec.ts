import type { Page } from "@playwright/test";
import { DRESSES, type Dress, inspect, wear } from "@/e2e/fixtures/inspect";
import { createRichOrganisation, type RichOrganisation } from "@/e2e/fixtures/rich-organisation";
import { expect, signInWith, test } from "@/e2e/fixtures/test";

/** Every page in every dress: for machines (axe, overflow, console) and, as pictures, for people. */

type Language = "en" | "de";
/** Theme and language change little of what data breaks: the phone in all dresses, a desk in the one with long words. */
const RICH_DRESSES: Record<Language, readonly Dress[]> = {
  en: DRESSES.filter(({ size }) => size === "phone"),
  de: DRESSES.filter(({ size, theme }) => size === "phone" || theme === "light"),
};

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
  { name: "volumes", open: async (page) => void (await page.goto("/storage")) },
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

async function look(page: Page, name: string, dress: Dress): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await inspect(page, name, dress);
  await expect(page).toHaveTitle(/\S+ · Fernblick$/);
  await expect(page.getByRole("main"), `${name} shows a key`).not.toContainText(
    /\b(access|agents|audit|clusters|errors|fleet|lists|outages|search|senders|shell|sites|support|telemetry|ui)\.[a-z]+(\.[a-zA-Z]+)+\b/,
  );
}

/**
 * Loads each page once and changes its dress in front of it, one thing at a time. With each page another dress is the
 * one in which it is loaded, and the second language begins with the opposite one.
 */
async function walk(page: Page, stops: readonly Stop[], dresses: readonly Dress[], language: Language): Promise<void> {
  for (const [at, stop] of stops.entries()) {
    const first = at + (language === "de" ? Math.floor(dresses.length / 2) : 0);
    for (const step of dresses.keys()) {
      const dress = dresses[(first + step) % dresses.length] as Dress;
      await wear(page, dress);
      if (step === 0) await stop.open(page);
      await look(page, `${stop.name}-${dress.size}-${dress.theme}-${language}`, dress);
    }
  }
}

// The longest file by far, and its tests only look.
test.describe.configure({ mode: "parallel" });

for (const language of ["en", "de"] as const) {
  test.describe(language, () => {
    test.use({ locale: language === "de" ? "de-DE" : "en-GB" });

    test("every page is accessible, fits the screen, speaks the language and logs no error", async ({
      page,
      signIn,
    }) => {
      test.setTimeout(600_000);
      await walk(page, OUTER_PAGES, DRESSES, language);
      await signIn("owner");
      await walk(page, CONSOLE_PAGES, DRESSES, language);
    });

    test("every page holds long names and large figures", async ({ page }) => {
      test.setTimeout(600_000);
      const rich = await createRichOrganisation();
      await signInWith(page, rich.owner);
      await walk(page, richPages(rich), RICH_DRESSES[language], language);
    });
  });
}
