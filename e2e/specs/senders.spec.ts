import type { Page } from "@playwright/test";
import { expect, test } from "@/e2e/fixtures/test";

/** The way in for somebody else's sender: the token, the first request with it, and what the page says of it. */

async function makeToken(page: Page, name: string): Promise<{ token: string; url: string }> {
  await page.goto("/senders");
  await page.getByRole("button", { name: "Make an API token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name of this token").fill(name);
  await dialog.getByRole("button", { name: "Make token" }).click();
  const token = ((await dialog.getByRole("code").first().textContent()) ?? "").trim();
  const prometheus = (await dialog.getByRole("tabpanel").getByRole("code").textContent()) ?? "";
  expect(prometheus).toContain(token);
  await dialog.getByRole("tab", { name: "OpenTelemetry" }).click();
  const environment = (await dialog.getByRole("tabpanel").getByRole("code").textContent()) ?? "";
  const url = /METRICS_ENDPOINT=(\S+)/.exec(environment)?.[1] ?? "";
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  return { token, url };
}

const metricsOf = (host: string) => ({
  resourceMetrics: [
    {
      resource: { attributes: [{ key: "host.name", value: { stringValue: host } }] },
      scopeMetrics: [
        {
          metrics: [
            {
              name: "press.temperature",
              unit: "Cel",
              gauge: { dataPoints: [{ timeUnixNano: `${Math.floor(Date.now() / 1000)}000000000`, asDouble: 81.5 }] },
            },
          ],
        },
      ],
    },
  ],
});

test("an owner makes a token, a sender uses it, and a metric that nobody understands is kept with a click", async ({
  page,
  request,
  signIn,
}) => {
  await signIn("owner");
  const { token, url } = await makeToken(page, "Press hall");
  expect(token).toMatch(/^fbk_/);
  const answer = await request.post(url, {
    headers: { authorization: `Bearer ${token}` },
    data: metricsOf("press-1"),
  });
  expect([answer.status(), await answer.text()]).toEqual([200, "{}"]);

  const grid = page.getByRole("grid", { name: "Senders" });
  await expect(async () => {
    await page.reload();
    await expect(grid.getByRole("row").filter({ hasText: "Press hall" }).getByText("never")).toHaveCount(0);
  }).toPass();
  await grid.getByText("Press hall").click();
  const panel = page.getByRole("dialog");
  await expect(panel.getByText("press.temperature")).toBeVisible();
  await panel.getByRole("button", { name: "Keep press.temperature" }).click();
  await expect(panel.getByRole("button", { name: "Stop keeping press.temperature" })).toBeVisible();

  await panel.getByRole("button", { name: "Revoke token" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Revoke token" }).click();
  await expect(page.getByText("Press hall was revoked")).toBeVisible();
  const refused = await request.post(url, {
    headers: { authorization: `Bearer ${token}` },
    data: metricsOf("press-1"),
  });
  expect(refused.status()).toBe(401);
});

test("a viewer sees the senders and nothing to make tokens with", async ({ page, signIn }) => {
  await signIn("viewer");
  await page.goto("/senders");
  await expect(page.getByRole("heading", { level: 1, name: "Senders" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Make an API token" })).toHaveCount(0);
});
