/** Takes the pictures in docs/pictures/ of the page over simulated orchestrators: `npm run pictures`. */
import { mkdirSync, writeFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { eventually } from "../../support/service.ts";
import { startRealWatchdog } from "../support/real-watchdog.ts";
import { createFolder, type RunningWatchdog } from "../support/watchdog.ts";
import { type Look, openBrowser, openPage } from "./browser.ts";
import { startOrchestrator } from "./orchestrators.ts";

const PICTURES = new URL("../../../docs/pictures/", import.meta.url).pathname;
/** Until the plots have something to show. */
const HISTORY_SECONDS = 150;
/** For the plots to be drawn. */
const SETTLE_MILLISECONDS = 3000;
const THRESHOLDS = `
judgement: { lock_seconds: 40, spinning_seconds: 60, recent_seconds: 10 }
budget: { per_day_usd: 2, per_hour_usd: 1 }
rules:
  breaker-open: { for_seconds: 0 }
`;

using folder = createFolder();
writeFileSync(folder.file("thresholds.yaml"), THRESHOLDS);
await using shop = await startOrchestrator([
  "working",
  "hung",
  "waiting_on_child",
  "working",
  "waiting_on_peer",
  "waiting_for_person",
  "not_visible",
]);
await using website = await startOrchestrator(["working", "waiting_on_peer", "working"], 2);
await using data = await startOrchestrator(["working", "spinning", "waiting_on_child"], 0.7);
await using watchdog = await startRealWatchdog([
  ...Object.entries({ shop, website, data }).flatMap(([name, { url }]) => ["--target", `${name}=${url}`]),
  ...["--target", "nightly=http://127.0.0.1:9", "--thresholds", folder.file("thresholds.yaml")],
  ...["--history", folder.file("history.db"), "--poll-seconds", "2"],
]);
mkdirSync(PICTURES, { recursive: true });
const end = Date.now() + HISTORY_SECONDS * 1000;
await eventually(
  "there is something to show",
  async () => (await watchdog.summary("shop")).verdicts.hung === 1 && Date.now() > end,
  HISTORY_SECONDS * 4,
);
const browser = await openBrowser();
try {
  await takeAll(browser, watchdog);
} finally {
  await browser.close();
}

async function takeAll(browser: Browser, { url, target }: RunningWatchdog): Promise<void> {
  const { agents } = await target("shop");
  const hung = agents.find(({ verdict }) => verdict.name === "hung")?.runId ?? "";
  const take = async (name: string, hash: string, look: Look & { readonly part?: string } = {}) => {
    await using opened = await openPage(browser, `${url}/${hash}`, look);
    const { page } = opened;
    await page.getByRole("heading", { level: 1 }).waitFor();
    await eventually("all is there", async () => (await page.locator(".loading").count()) === 0, 60);
    await page.waitForTimeout(SETTLE_MILLISECONDS);
    const what = look.part === undefined ? page : page.locator(look.part).first();
    await what.screenshot({ path: `${PICTURES}${name}.png`, animations: "disabled" });
    console.log(`docs/pictures/${name}.png`);
  };
  await take("fleet", "#/");
  await take("orchestrator", "#/orchestrators/shop");
  await take("agent", `#/orchestrators/shop/runs/${hung}`, { part: ".agent:has(.agent-plots)" });
  await take("over-time", "#/orchestrators/website", { part: "section:has(#history)", dark: true });
  await take("alerts", "#/alerts", { dark: true });
  await take("phone", "#/orchestrators/shop", { width: 360 });
}
