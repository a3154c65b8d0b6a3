/**
 * Measures how much CPU time the browser needs for each view of a thousand agents, from Chromium's count for
 * the page's thread.
 */
import assert from "node:assert/strict";
import type { Browser, CDPSession, Page } from "playwright-core";
import { eventually } from "../../support/service.ts";
import { startRealWatchdog } from "../support/real-watchdog.ts";
import { openPage } from "./browser.ts";
import { EVERY_VERDICT, startOrchestrator } from "./orchestrators.ts";

const AGENTS = 1000;
const MOST_MILLISECONDS = 100;
const SOON = { timeout: 60_000 };

export async function checkThousand(browser: Browser): Promise<void> {
  const verdicts = Array.from({ length: AGENTS }, (_, index) => EVERY_VERDICT[index % EVERY_VERDICT.length]);
  await using farm = await startOrchestrator(
    verdicts.map((verdict) => verdict ?? "working"),
    1,
    5000,
  );
  await using watchdog = await startRealWatchdog([
    ...["--target", `farm=${farm.url}`, "--history", "none", "--poll-seconds", "5"],
  ]);
  await eventually("all are read", async () => (await watchdog.target("farm")).agents.length === AGENTS, 60);
  await using opened = await openPage(browser, `${watchdog.url}/#/alerts`);
  const { page } = opened;
  const session = await page.context().newCDPSession(page);
  // Use thread time, so that other processes on the machine do not count.
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  await page.getByRole("heading", { name: "Alerts" }).waitFor(SOON);

  const measured: string[] = [];
  /**
   * `isThere` must be cheap to evaluate, since it counts too. It looks at the first row or the filters'
   * status line.
   */
  const measure = async (what: string, act: string, isThere: string) => {
    const before = await scriptSeconds(session);
    await page.evaluate(act);
    await eventually(`${what} is there`, () => page.evaluate<boolean>(isThere), 60);
    await drawn(page);
    const milliseconds = ((await scriptSeconds(session)) - before) * 1000;
    measured.push(`${what} ${Math.round(milliseconds)}`);
    assert.ok(milliseconds < MOST_MILLISECONDS, `${what} computes for ${Math.round(milliseconds)} ms`);
  };
  const holds = (selector: string, text: string) =>
    `document.querySelector(${JSON.stringify(selector)})?.textContent.includes(${JSON.stringify(text)}) ?? false`;
  const firstRow = ".compact tbody tr";
  const status = ".filters [role=status]";
  const parameters = (text: string) => `location.hash = "#/orchestrators/farm?${text}"`;
  await measure("list", parameters(""), holds(firstRow, "gone"));
  await measure("sorted", parameters("sort=cost"), holds(firstRow, "1408"));
  await measure("second page", parameters("sort=cost&page=2"), holds(".pager", "51 to 100 of 1,000"));
  await measure("filtered", parameters("verdict=working"), holds(status, " of 1,000"));
  await measure("searched", parameters("text=1000"), holds(status, "2 of 1,000"));
  await measure("agent", `location.hash = "#/orchestrators/farm/runs/1000"`, holds("h1", "run 1000"));
  await measure("alerts", `location.hash = "#/alerts"`, holds("h1", "Alerts"));
  console.log(`ok  page: 1,000 agents, milliseconds of script: ${measured.join(", ")}`);
}

/** Returns the time that the page's scripts took, including garbage collection. */
async function scriptSeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "ScriptDuration")?.value ?? Number.NaN;
}

/** Resolves two frames later, when everything rendered is on the screen. */
function drawn(page: Page): Promise<unknown> {
  return page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
}
