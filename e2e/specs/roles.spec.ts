import { createTeam } from "@/e2e/fixtures/empty-organisation";
import type { Role } from "@/e2e/fixtures/started";
import { expect, signInWith, test } from "@/e2e/fixtures/test";
import { AgentsPage } from "@/e2e/pages/agents-page";
import { Shell } from "@/e2e/pages/shell";
import { TeamPage } from "@/e2e/pages/team-page";

/** What each role meets on the screen. What the server allows is tried in full by the access matrix. */

const EVERYONE = [
  "Overview",
  "Sites",
  "Outages",
  "Clusters",
  "Machines",
  "Applications",
  "Storage",
  "Support",
  "Links",
  "Compare",
  "Enrolment",
  "Senders",
  "Quarantine",
  "Team",
];
const WHOLE_ORGANISATION = [...EVERYONE, "Audit", "Telemetry storage"];
const ROLES: Record<Role, { areas: string[]; canEnrol: boolean; canSeeTeam: boolean; canManage: boolean }> = {
  owner: { areas: WHOLE_ORGANISATION, canEnrol: true, canSeeTeam: true, canManage: true },
  admin: { areas: WHOLE_ORGANISATION, canEnrol: true, canSeeTeam: true, canManage: true },
  operator: { areas: EVERYONE, canEnrol: false, canSeeTeam: false, canManage: false },
  viewer: { areas: EVERYONE, canEnrol: false, canSeeTeam: false, canManage: false },
  auditor: { areas: WHOLE_ORGANISATION, canEnrol: false, canSeeTeam: true, canManage: false },
};

for (const role of Object.keys(ROLES) as Role[]) {
  test(`the role ${role} is offered what it may do and nothing else`, async ({ page, signIn }) => {
    const { areas, canEnrol, canSeeTeam, canManage } = ROLES[role];
    await signIn(role);
    const agents = new AgentsPage(page);
    await agents.open();
    await expect.poll(() => new Shell(page).areas()).toEqual(areas);
    await expect(agents.grid).toBeVisible();
    await expect(agents.enrolButton).toHaveCount(canEnrol ? 1 : 0);
    await expect(agents.tokens).toHaveCount(canEnrol ? 1 : 0);

    const team = new TeamPage(page);
    await team.open();
    await expect(team.members).toHaveCount(canSeeTeam ? 1 : 0);
    await expect(team.inviteButton).toHaveCount(canManage ? 1 : 0);
    await expect(team.invitations).toHaveCount(canManage ? 1 : 0);
    await expect(team.actionsFor("Vera Viewer")).toHaveCount(canManage ? 1 : 0);
    // An admin has no say over owners.
    await expect(team.actionsFor("Olga Owner")).toHaveCount(role === "owner" ? 1 : 0);
  });
}

test.describe("an area that the role does not have", () => {
  test.use({ expectedErrors: [/403/] });
  test("says so to a viewer who has its address, and shows nothing of it", async ({ page, signIn }) => {
    await signIn("viewer");
    await page.goto("/audit");
    await expect(new Shell(page).problem).toContainText("You may not see this");
    await expect(page.getByRole("grid")).toHaveCount(0);
  });
});

test("a changed role holds from the person's next request on, without signing in again", async ({
  page,
  browser,
  baseURL,
}) => {
  // A team of its own: other tests look at the demo's viewer meanwhile.
  const team = await createTeam("owner", "viewer");
  const viewerContext = await browser.newContext({ baseURL, locale: "en-GB" });
  const viewerPage = await viewerContext.newPage();
  await signInWith(viewerPage, team("viewer"));
  await viewerPage.goto("/fleet");
  const shell = new Shell(viewerPage);
  expect(await shell.areas()).not.toContain("Audit");

  await signInWith(page, team("owner"));
  const teamPage = new TeamPage(page);
  await teamPage.open();
  await teamPage.changeRole("Vera Viewer", "Auditor");
  await viewerPage.reload();
  expect(await shell.areas()).toContain("Audit");
  await shell.openArea("Audit");
  await expect(viewerPage.getByRole("grid", { name: "Audit log" })).toContainText("changed role or reach of");

  await teamPage.changeRole("Vera Viewer", "Viewer");
  await viewerPage.reload();
  expect(await shell.areas()).not.toContain("Audit");
  expect((await viewerPage.request.get("/api/trpc/audit.list?input=%7B%22json%22%3A%7B%7D%7D")).status()).toBe(403);
  await viewerContext.close();
});
