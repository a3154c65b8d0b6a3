/**
 * Takes the pictures in docs/pictures/ of the page over simulated orchestrators: every view and state, in
 * light and dark colours and at phone width. Run `npm run pictures` for all, or `npm run pictures -- fleet
 * help` for those with these prefixes.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Browser, Page } from "playwright-core";
import type { VerdictName } from "../../../watchdog/judgement/verdict.ts";
import { eventually } from "../../support/service.ts";
import { startFakeTarget } from "../support/fake-target.ts";
import { startRealWatchdog } from "../support/real-watchdog.ts";
import { createFolder } from "../support/watchdog.ts";
import { type Look, openBrowser, openPage } from "./browser.ts";
import { EVERY_VERDICT, orchestrator, startOrchestrator } from "./orchestrators.ts";
import { smallPng } from "./small-png.ts";

const PICTURES = new URL("../../../docs/pictures/", import.meta.url).pathname;
const LOOKS: Readonly<Record<string, Look>> = {
  "": { width: 1280 },
  "-dark": { width: 1280, dark: true },
  "-phone": { width: 390 },
};
/** The time until the plots have data. */
const HISTORY_SECONDS = 150;
/** The time to draw the plots. */
const SETTLE_MILLISECONDS = 2000;
const THRESHOLDS = `
judgement: { lock_seconds: 40, spinning_seconds: 60, recent_seconds: 10 }
polling: { stale_seconds: 8 }
budget: { per_day_usd: 2, per_hour_usd: 1 }
links: { tracker: "https://tracker.example/{work_item}", logs: "https://logs.example/?run={run_id}" }
rules:
  breaker-open: { for_seconds: 0 }
  section-broken: { for_seconds: 0 }
`;
const USUAL: readonly VerdictName[] = [
  ...(["working", "hung", "waiting_on_child", "working", "waiting_on_peer"] as const),
  ...(["waiting_for_person", "not_visible"] as const),
];
const EMPTY = {
  stages: { counts: {} },
  queue: { counts: { queued: 0, running: 0 }, running: {}, breakers: {}, gates: {} },
  agents: { running: [] },
  cost: { totals: {} },
};
const error = { code: "unavailable", message: "no database at the configured path yet" };
const broken = { error };
const NO_DATA = {
  stages: broken,
  queue: { error, breakers: broken, gates: broken, running: broken },
  agents: broken,
  cost: broken,
};

const wanted = process.argv.slice(2);
using folder = createFolder();
writeFileSync(folder.file("thresholds.yaml"), THRESHOLDS);
writeFileSync(folder.file("targets.yaml"), "targets: []\n");
await using shop = await startOrchestrator(USUAL);
await using website = await startOrchestrator(["working", "waiting_on_peer", "working"], 2);
await using farm = await startOrchestrator(
  Array.from({ length: 40 }, (_, index) => EVERY_VERDICT[(index * 7) % EVERY_VERDICT.length] ?? "working"),
);
await using calm = await startFakeTarget(EMPTY);
await using unreadable = await startFakeTarget(NO_DATA);
await using nightly = await startFakeTarget(orchestrator(["working", "waiting_on_child", "hung"]));
await using frozen = await startFakeTarget(orchestrator(["working", "waiting_on_peer"]));
const targets = { shop, website, farm, calm, unreadable, nightly, frozen };
const common = ["--thresholds", folder.file("thresholds.yaml"), "--poll-seconds", "2"];
await using many = await startRealWatchdog([
  ...Object.entries(targets).flatMap(([name, { url }]) => ["--target", `${name}=${url}`]),
  ...[...common, "--history", folder.file("history.db")],
]);
await using one = await startRealWatchdog(["--target", `shop=${shop.url}`, ...common, "--history", "none"]);
await using nothing = await startRealWatchdog([
  ...["--targets", folder.file("targets.yaml"), "--history", "none"],
]);
await nightly.polls(5);
nightly.instead = (_request, response) => void response.destroy();
frozen.envelope = { ...frozen.envelope, generatedAt: timestampFromMs(Date.now()) };

mkdirSync(PICTURES, { recursive: true });
const end = Date.now() + HISTORY_SECONDS * 1000;
await eventually(
  "there is something to show",
  async () => ((await many.summary("shop")).verdicts.hung ?? 0) > 0 && Date.now() > end,
  HISTORY_SECONDS + 60,
);
const browser = await openBrowser();
try {
  await takeAll(browser);
} finally {
  await browser.close();
}

async function takeAll(browser: Browser): Promise<void> {
  const { agents } = await many.target("shop");
  const runOf = (verdict: VerdictName) => agents.find((agent) => agent.verdict.name === verdict)?.runId ?? "";
  const of = (name: string) => `${many.url}/#/orchestrators/${name}`;
  const views: Readonly<Record<string, string>> = {
    fleet: `${many.url}/#/`,
    "fleet-of-one": `${one.url}/#/`,
    "fleet-of-none": `${nothing.url}/#/`,
    orchestrator: of("shop"),
    forty: of("farm"),
    agent: `${of("shop")}/runs/${runOf("hung")}?range=900`,
    "agent-with-child": `${of("shop")}/runs/${runOf("waiting_on_child")}?range=900`,
    "agent-over-time": `${of("shop")}/runs/${runOf("hung")}?range=900`,
    "agent-unknown": `${of("shop")}/runs/99999`,
    empty: of("calm"),
    "no-data": of("unreadable"),
    down: of("nightly"),
    stale: of("frozen"),
    runs: `${many.url}/#/runs`,
    alerts: `${many.url}/#/alerts`,
    help: `${many.url}/#/`,
    "over-time": `${of("website")}?range=900`,
  };
  for (const [name, address] of Object.entries(views).filter(
    ([each]) => wanted.length === 0 || wanted.some((start) => each.startsWith(start)),
  )) {
    for (const [suffix, look] of Object.entries(LOOKS)) {
      await using opened = await openPage(browser, address, look);
      await settle(opened.page, name);
      const picture = await opened.page.screenshot({ animations: "disabled" });
      writeFileSync(`${PICTURES}${name}${suffix}.png`, smallPng(picture));
      console.log(`docs/pictures/${name}${suffix}.png`);
    }
  }
}

async function settle(page: Page, name: string): Promise<void> {
  await page.getByRole("heading", { level: 1 }).waitFor();
  await eventually("nothing is loading", async () => (await page.locator(".loading").count()) === 0, 60);
  if (name === "help") await page.keyboard.press("?");
  if (name === "forty") await page.evaluate("document.querySelector('.filters').scrollIntoView()");
  if (name.endsWith("over-time"))
    await page.evaluate("document.querySelector('main > section:last-child').scrollIntoView()");
  await page.waitForTimeout(SETTLE_MILLISECONDS);
}
