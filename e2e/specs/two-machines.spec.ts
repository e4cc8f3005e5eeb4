import { randomUUID } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, signInWith, test } from "@/e2e/fixtures/test";
import { AgentsPage } from "@/e2e/pages/agents-page";
import { MachinePage } from "@/e2e/pages/machine-page";
import { MachinesPage } from "@/e2e/pages/machines-page";
import { Shell } from "@/e2e/pages/shell";
import { TeamPage } from "@/e2e/pages/team-page";
import { type Program, startAgent } from "@/e2e/system/programs";

/**
 * Two real agents whose firmware tells the same system UUID, as a clone of a virtual machine does. The UUID is written
 * into a folder that both read as /sys, because not every machine that runs the tests has one.
 */

const INTERVAL_SECONDS = 1;
const PASSWORD = "a long enough password";
/** Each test starts real agents twice and waits for what they send; a busy machine needs more than the usual minute. */
const TIMEOUT_MS = 120_000;

// Each has sites and machines of its own, and waiting is most of what they do.
test.describe.configure({ mode: "parallel" });

let folder: string;
const running: Program[] = [];
test.beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fernblick-clone-"));
  mkdirSync(join(folder, "sys/class/dmi/id"), { recursive: true });
  writeFileSync(join(folder, "sys/class/dmi/id/product_uuid"), `${randomUUID()}\n`);
  // Not that of the machine which the tests run on: the agent that came with Fernblick has claimed that one.
  mkdirSync(join(folder, "etc"));
  writeFileSync(join(folder, "etc/machine-id"), `${randomUUID().replaceAll("-", "")}\n`);
});
test.afterEach(async () => {
  await Promise.all(running.splice(0).map((program) => program.end("SIGTERM")));
  rmSync(folder, { recursive: true, force: true });
});

async function enrolAndRun(command: string[], name: string): Promise<Program> {
  const sys = ["--sys", join(folder, "sys"), "--etc", join(folder, "etc")];
  const enrolment = startAgent([...command, ...sys], join(folder, name), INTERVAL_SECONDS);
  expect(await enrolment.ended, enrolment.output()).toBe(0);
  const program = startAgent(["run", ...sys], join(folder, name), INTERVAL_SECONDS);
  running.push(program);
  return program;
}

test("of two live agents with one system UUID each gets a machine, both are marked, and revoking one ends the matter", async ({
  page,
  signIn,
}) => {
  test.setTimeout(TIMEOUT_MS);
  const siteName = `Twin yard ${randomUUID().slice(0, 8)}`;
  await signIn("owner");
  const agents = new AgentsPage(page);
  await agents.open();
  const command = await agents.makeTokenForNewSite({ siteName, siteLabels: "", tokenName: siteName, machines: 2 });
  await enrolAndRun(command, "first");
  await expect(agents.arrivals()).toContainText("1 of 2 arrived, 1 reporting");
  await enrolAndRun(command, "second");
  await expect(agents.arrivals()).toContainText("2 of 2 arrived, 2 reporting");
  await agents.closeToken();
  await expect(agents.rowsAt(siteName)).toContainText([/claims the same identity/, /claims the same identity/]);

  const machines = new MachinesPage(page);
  await machines.open();
  const paths = await machines.linksAt(siteName);
  expect(new Set(paths).size).toBe(2);
  const machine = new MachinePage(page);
  let separatedPath = "";
  for (const path of paths) {
    await machine.open(path);
    await expect(machine.timeline).toContainText(/First seen|Second machine with the same identity/);
    if (await machine.timeline.getByText("Second machine with the same identity").isVisible()) separatedPath = path;
  }
  const otherPath = paths.find((path) => path !== separatedPath) ?? "";
  await machine.open(separatedPath);
  await expect(machine.collision).toBeVisible();
  await machine.otherMachine.click();
  await expect(page).toHaveURL(new RegExp(`${otherPath}$`));
  await expect(machine.collision).toBeVisible();
  await expect(machine.timeline).toContainText("Another machine claims its identity");

  await agents.open();
  await agents.openPanel(separatedPath);
  await expect(agents.panel).toContainText("Another live agent claims the same identity");
  await agents.revoke();
  const refused = () => running.filter((program) => program.output().includes("agent_revoked")).length;
  await expect.poll(refused, "one of the two was told that it is revoked").toBe(1);
  await machine.open(otherPath);
  await expect(page.getByRole("main").getByText("Online")).toBeVisible();
  await agents.open();
  await expect(agents.rowsAt(siteName).filter({ hasText: "claims the same identity" })).toHaveCount(0);
});

test("of two agents with one key, as a copied disk makes them, a person chooses the one that goes on", async ({
  page,
  signIn,
}) => {
  test.setTimeout(2 * TIMEOUT_MS);
  const siteName = `Copied yard ${randomUUID().slice(0, 8)}`;
  await signIn("owner");
  const agents = new AgentsPage(page);
  await agents.open();
  const command = await agents.makeTokenForNewSite({ siteName, siteLabels: "", tokenName: siteName, machines: 1 });
  const original = await enrolAndRun(command, "original");
  await expect(agents.arrivals()).toContainText(`reports from ${siteName}`);
  await agents.closeToken();
  const sys = ["--sys", join(folder, "sys"), "--etc", join(folder, "etc")];
  mkdirSync(join(folder, "copy"), { mode: 0o700 });
  copyFileSync(join(folder, "original", "identity.json"), join(folder, "copy", "identity.json"));
  const copy = startAgent(["run", ...sys], join(folder, "copy"), INTERVAL_SECONDS);
  running.push(copy);

  // Both have to be heard side by side for a while before it is no restart.
  const patience = { timeout: TIMEOUT_MS };
  await expect.poll(() => copy.output(), patience).toContain("agent_waiting");
  const machines = new MachinesPage(page);
  await machines.open();
  const [path = ""] = await machines.linksAt(siteName);
  const machine = new MachinePage(page);
  await machine.open(path);
  const notice = page.getByRole("status").filter({ hasText: "Two processes use the key" });
  await expect(notice.getByRole("listitem")).toHaveCount(2);
  await expect(machine.timeline).toContainText("Two processes use its key at the same time");
  await notice.getByRole("listitem").filter({ hasText: "goes on" }).getByRole("button").click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Keep this one" }).click();
  await expect(notice).toHaveCount(0);
  await expect.poll(() => copy.output(), patience).toContain("agent_revoked");
  await expect(page.getByRole("main").getByText("Online")).toBeVisible();
  expect(original.output()).not.toMatch(/agent_(revoked|waiting)/);
});

test("a person with a reach over one site sees its machine, and of the other sites nothing at all", async ({
  page,
  browser,
  baseURL,
  signIn,
}) => {
  test.setTimeout(TIMEOUT_MS);
  const tag = randomUUID().slice(0, 8);
  const siteName = `Lone yard ${tag}`;
  await signIn("owner");
  const agents = new AgentsPage(page);
  await agents.open();
  const siteLabels = `yard=${tag}`;
  await enrolAndRun(await agents.makeTokenForNewSite({ siteName, siteLabels, tokenName: tag, machines: 1 }), "lone");
  await expect(agents.arrivals()).toContainText(`reports from ${siteName}`);
  await agents.closeToken();
  const machines = new MachinesPage(page);
  await machines.open();
  const [foreign = ""] = await machines.linksAt("Local");
  const own = await machines.linksAt(siteName);
  // Its /sys has no powercap: power is unknown with the reason, and never zero.
  const machine = new MachinePage(page);
  await machine.open(own[0] ?? "");
  await expect(machine.figure("Power draw")).toHaveText(/^Power draw\s*unknown/);
  await expect(machine.unknownChart("How much power does it draw?")).toContainText("unknown · not offered here");

  const team = new TeamPage(page);
  await team.open();
  const email = `tom.${tag}@lone.test`;
  const link = await team.invite(email, siteLabels);
  const guest = await browser.newContext({ baseURL, locale: "en-GB" });
  const guestPage = await guest.newPage();
  await guestPage.goto(link);
  await guestPage.getByLabel("Your name").fill(`Tom ${tag}`);
  await guestPage.getByLabel("Password").fill(PASSWORD);
  await guestPage.getByRole("button", { name: "Accept invitation" }).click();
  await expect(guestPage.getByRole("link", { name: "Go to sign-in" })).toBeVisible();
  await signInWith(guestPage, { email, password: PASSWORD });

  const guestMachines = new MachinesPage(guestPage);
  await guestMachines.open();
  expect(await guestMachines.linksAt(siteName)).toEqual(own);
  await expect(guestMachines.rowsAt("Local")).toHaveCount(0);
  await guestPage.goto(foreign);
  await expect(new MachinePage(guestPage).notHere).toBeVisible();
  // Not even in passing: nothing of the other machine may stand in what the server sends.
  for (const path of ["/fleet", "/fleet/machines", "/agents"]) {
    const sent = await (await guestPage.request.get(path)).text();
    expect(sent).not.toContain(foreign.split("/").at(-1));
  }
  await new Shell(guestPage).openArea("Team");
  await expect(new TeamPage(guestPage).members).toHaveCount(0);
  await guest.close();
  await team.open();
  await team.remove(`Tom ${tag}`);
});
