/** What the page shows without data, after an error, and when its data is old. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { eventually } from "../../support/service.ts";
import { startFakeTarget } from "../support/fake-target.ts";
import { startRealWatchdog } from "../support/real-watchdog.ts";
import { createFolder } from "../support/watchdog.ts";
import { openPage } from "./browser.ts";
import { orchestrator, startOrchestrator } from "./orchestrators.ts";

const SOON = { timeout: 30_000 };

export async function checkStates(browser: Browser): Promise<void> {
  await emptyStates(browser);
  await brokenSections(browser);
  await withoutData(browser);
  await oldData(browser);
}

async function emptyStates(browser: Browser): Promise<void> {
  using folder = createFolder();
  writeFileSync(folder.file("targets.yaml"), "targets: []\n");
  await using target = await startFakeTarget({
    stages: { counts: {} },
    queue: { counts: { queued: 0, running: 0 }, running: {}, breakers: {}, gates: {} },
    agents: { running: [] },
    cost: { totals: {} },
  });
  await using watchdog = await startRealWatchdog([
    ...["--targets", folder.file("targets.yaml"), "--history", "none"],
  ]);
  await using opened = await openPage(browser, watchdog.url);
  const { page } = opened;
  await page.getByRole("heading", { name: "No orchestrators configured" }).waitFor(SOON);
  await page.getByText("No history is being recorded.").waitFor(SOON);
  writeFileSync(folder.file("targets.yaml"), `targets: [{ name: main, url: "${target.url}" }]\n`);
  // With a single orchestrator, the fleet view is that orchestrator's view.
  await page.getByRole("heading", { level: 1, name: "main" }).waitFor(SOON);
  await page.getByText("No agent is running.").waitFor(SOON);
  await page.getByText("none waiting").first().waitFor(SOON);
  for (const words of ["No job is running.", "No task is active.", "None."])
    await page.getByText(words).first().waitFor(SOON);
  await page.goto(`${watchdog.url}/#/alerts`);
  await page.getByRole("heading", { name: "No open alerts" }).waitFor(SOON);
  await page.getByText("No past alerts.").waitFor(SOON);
  await page.goto(`${watchdog.url}/#/orchestrators/nobody`);
  await page.getByText("There is no target nobody. It may have been").waitFor(SOON);
  await page.goto(`${watchdog.url}/#/orchestrators/main/runs/99999`);
  await page.getByRole("heading", { name: "Unknown run" }).waitFor(SOON);
  await page.goto(`${watchdog.url}/#/nowhere/at/all`);
  await page.getByRole("heading", { name: "No such view" }).waitFor(SOON);
  assert.deepEqual(opened.misdeeds, []);
  console.log("ok  page: no target, no agent, no job, no alert, no such view: the page reports each");
}

async function brokenSections(browser: Browser): Promise<void> {
  await using target = await startFakeTarget({
    stages: { error: { code: "deadline_exceeded", message: "the tasks took too long to read" } },
    queue: {
      retries: { retriedJobs: 61 },
      breakers: { error: { code: "unavailable", message: "no table of breakers" } },
      gates: { items: [{ scope: "repo:orchestrator" }] },
    },
    agents: { error: { code: "unavailable", message: "the runs cannot be read" } },
  });
  await using watchdog = await startRealWatchdog(["--target", `main=${target.url}`, "--history", "none"]);
  await using opened = await openPage(browser, `${watchdog.url}/#/orchestrators/main`);
  const { page } = opened;
  const saysInPlace = (region: string, words: string) =>
    page.getByRole("region", { name: region }).getByText(words).waitFor(SOON);
  await saysInPlace("Stages", "the tasks took too long to read");
  await saysInPlace("Breakers", "no table of breakers");
  await saysInPlace("Agents", "the runs cannot be read");
  await saysInPlace("Queue", "61 jobs");
  await saysInPlace("Gates", "repo:orchestrator");
  await page.getByText("partial data", { exact: true }).waitFor(SOON);
  console.log("ok  page: a broken section says why in its own place, and all others are shown");
}

async function withoutData(browser: Browser): Promise<void> {
  const error = { code: "unavailable", message: "no database at the configured path yet" };
  const broken = { error };
  await using target = await startFakeTarget({
    stages: broken,
    queue: { error, breakers: broken, gates: broken, running: broken },
    agents: broken,
    cost: broken,
  });
  await using calm = await startOrchestrator(["working"]);
  using folder = createFolder();
  writeFileSync(folder.file("thresholds.yaml"), "rules: { section-broken: { for_seconds: 0 } }");
  await using watchdog = await startRealWatchdog([
    ...["--target", `calm=${calm.url}`, "--target", `main=${target.url}`, "--history", "none"],
    ...["--thresholds", folder.file("thresholds.yaml")],
  ]);
  await using opened = await openPage(browser, watchdog.url);
  const { page } = opened;
  const row = page.getByRole("row", { name: /^main/ });
  await row.getByText("no data", { exact: true }).waitFor(SOON);
  await row.getByText("1", { exact: true }).waitFor(SOON);
  assert.match((await page.getByRole("row").nth(1).textContent()) ?? "", /^main/, "the worst comes first");
  await page.getByRole("img", { name: /^Queued in the last hour/ }).waitFor(SOON);
  await row.getByRole("link", { name: "main" }).click();
  await page.getByRole("heading", { name: /^7 sections cannot be read/ }).waitFor(SOON);
  const figures = (await page.locator(".figures").textContent()) ?? "";
  assert.match(figures, /Agents running–unknown.*Queued jobs–unknown/);
  assert.doesNotMatch(figures, /none running|none waiting|healthy/);
  console.log(
    "ok  page: without a database it claims nothing to be up, none or healthy, and one alert gives the reason",
  );
}

async function oldData(browser: Browser): Promise<void> {
  await using target = await startFakeTarget(orchestrator(["working", "working"]));
  const start = (port: string) =>
    startRealWatchdog(["--target", `main=${target.url}`, "--history", "none", "--port", port]);
  const first = await start("0");
  await using opened = await openPage(browser, first.url);
  const { page } = opened;
  await page.getByText("ORCH-171").first().waitFor(SOON);

  target.instead = (_request, response) => void response.destroy();
  await page.getByText("It cannot be read.").waitFor(SOON);
  await page.getByText(/The data shown is from \d\d:\d\d:\d\d/).waitFor(SOON);
  await page.getByText("ORCH-171").first().waitFor(SOON);
  const figures = page.locator(".as-read .figures");
  await figures.getByText("last known").first().waitFor(SOON);
  assert.doesNotMatch((await figures.textContent()) ?? "", /none running|none waiting|healthy/);
  target.instead = (_request, response) => void response.writeHead(401).end("{}");
  await page.getByText("Authentication failed.").waitFor(SOON);
  await page.getByText("It requires a token, but none is configured").first().waitFor(SOON);
  target.instead = undefined;
  await page.getByText("Authentication failed.").waitFor({ ...SOON, state: "detached" });
  console.log(
    "ok  page: an orchestrator that cannot be read is shown with its last data, marked as old, and updates again",
  );

  await first.stop("SIGKILL");
  await page.getByText("The watchdog does not answer.").waitFor(SOON);
  await page.getByText("No connection", { exact: true }).waitFor(SOON);
  await page.getByText("ORCH-171").first().waitFor(SOON);
  const breaker = () => page.getByText(/opened .* ago/).textContent();
  const before = await breaker();
  await eventually("the bar's age grows", async () => (await ageOf(page)) > 3, 30);
  assert.equal(await breaker(), before, "the clock of what is old stands still");
  await using _second = await start(new URL(first.url).port);
  await page.getByText("The watchdog does not answer.").waitFor({ ...SOON, state: "detached" });
  await page.getByText("Live", { exact: true }).waitFor(SOON);
  await eventually("its age is small again", async () => (await ageOf(page)) < 5, 30);
  console.log("ok  page: it reports that the watchdog does not answer, and updates again once it does");
}

/** Returns the age in the top bar in seconds. */
async function ageOf(page: Page): Promise<number> {
  const words = await page
    .getByRole("banner")
    .getByText(/ s ago$/)
    .textContent();
  return Number.parseInt(words ?? "", 10);
}
