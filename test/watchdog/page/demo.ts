/**
 * Checks the page against the running demo: agents with their verdicts, updates without a reload, an alert
 * and its silence.
 */
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { startDemo } from "../../demo/start-demo.ts";
import { eventually } from "../../support/service.ts";
import { choose, openPage } from "./browser.ts";

const PATIENCE = { timeout: 120_000 };
/** Evidence for an agent that only its own threads could wake. */
const NOTHING_OUTSIDE = /no progress: no tokens/;

export async function checkDemo(browser: Browser): Promise<void> {
  await using demo = await startDemo();
  await using opened = await openPage(browser, demo.page);
  const { page } = opened;
  // A reload would remove this variable.
  await page.evaluate("globalThis.neverReloaded = true");

  await fleetIsIt(page);
  await agentsAreDistinguished(page);
  await numbersMove(page);
  await agentHasPlots(page);
  await historyHasPlots(page);
  await alertIsSilenced(page);
  assert.equal(await page.evaluate("globalThis.neverReloaded"), true);
  assert.deepEqual(opened.misdeeds, []);
  console.log("ok  page: all of it without a reload, and nothing that its security policy forbids");
}

async function fleetIsIt(page: Page): Promise<void> {
  await page.getByRole("heading", { level: 1, name: "demo" }).waitFor(PATIENCE);
  await page.getByText("up", { exact: true }).waitFor(PATIENCE);
  console.log("ok  page: the fleet of one orchestrator is that orchestrator");
}

/** Returns the row of an agent. */
function rowOf(page: Page, agent: string) {
  return page
    .getByRole("table", { name: "Running agents" })
    .getByRole("row", { name: new RegExp(`^${agent} `) });
}

async function agentsAreDistinguished(page: Page): Promise<void> {
  const expectVerdict = async (agent: string, verdict: string, evidence: RegExp) => {
    const item = rowOf(page, agent);
    try {
      await item.getByText(verdict, { exact: true }).waitFor(PATIENCE);
      await item.getByText(evidence).waitFor(PATIENCE);
    } catch (cause) {
      throw new Error(`the page shows: ${await item.textContent()}`, { cause });
    }
  };
  await expectVerdict("busy-developer", "working", /of a core of its own/);
  await expectVerdict("waiting-tester", "waiting on child", /by its children/);
  await expectVerdict("hung-reviewer", "hung", NOTHING_OUTSIDE);
  console.log("ok  page: a busy, a waiting and a hung agent are distinguished, with the evidence");
}

async function numbersMove(page: Page): Promise<void> {
  const cost = () => rowOf(page, "busy-developer").getByText(/^\$\d/).textContent();
  const before = await cost();
  await eventually("its cost rises", async () => (await cost()) !== before, 60);
  await page.getByText("Live", { exact: true }).waitFor();
  console.log("ok  page: figures change by themselves");
}

async function agentHasPlots(page: Page): Promise<void> {
  await rowOf(page, "hung-reviewer").getByRole("link").click();
  await page.getByRole("heading", { level: 1, name: /^hung-reviewer run \d+$/ }).waitFor(PATIENCE);
  assert.match(page.url(), /\/runs\/\d+$/);
  const pid = await page
    .getByRole("region", { name: "Identity" })
    .locator("dt:text-is('PID') + dd")
    .textContent();
  await page
    .getByRole("region", { name: "Commands" })
    .getByText(`kill ${pid}`, { exact: true })
    .waitFor(PATIENCE);
  await page
    .getByRole("region", { name: "Processes" })
    .getByRole("cell", { name: pid ?? "", exact: true })
    .waitFor();
  const time = page.getByRole("region", { name: "Over time" });
  for (const name of [/^No progress/, /^CPU/, /^Voluntary switches/])
    await isDrawn(time.getByRole("figure", { name }).locator("canvas"));
  await time.getByText("without progress (housekeeping)", { exact: true }).waitFor(PATIENCE);
  const verdicts = time.getByRole("list").filter({ hasText: "not known yet" });
  assert.match((await verdicts.first().textContent()) ?? "", /hung.*not known yet/);
  await page.getByRole("navigation", { name: "Breadcrumb" }).getByRole("link", { name: "demo" }).click();
  console.log(
    "ok  page: an agent's own page: who it is, what to enter, and its progress and verdicts over time",
  );
}

async function historyHasPlots(page: Page): Promise<void> {
  const history = page.getByRole("region", { name: "Over time" });
  for (const name of [/^Jobs/, /^Oldest queued job/, /^Spending by model/]) {
    const figure = history.getByRole("figure", { name });
    await isDrawn(figure.locator("canvas"));
    await figure.getByText(/^As a table/).click();
    await eventually("its table has rows", async () => (await figure.getByRole("row").count()) > 2);
  }
  await choose(history.getByRole("radio", { name: "15 min" }));
  await isDrawn(history.getByRole("figure", { name: /^Jobs/ }).locator("canvas"));
  assert.match(page.url(), /\?range=900$/);
  console.log("ok  page: queue and spending over time, as plots and as tables");
}

/** Expects that some pixels differ from the others. */
async function isDrawn(canvas: ReturnType<Page["locator"]>): Promise<void> {
  await canvas.waitFor(PATIENCE);
  await eventually("it is drawn", () =>
    canvas.evaluate((element) => {
      const drawn = element as unknown as {
        width: number;
        height: number;
        getContext(kind: "2d"): { getImageData(...place: number[]): { data: Uint8ClampedArray } };
      };
      const { data } = drawn.getContext("2d").getImageData(0, 0, drawn.width, drawn.height);
      return data.some((value) => value !== data[0]);
    }),
  );
}

async function alertIsSilenced(page: Page): Promise<void> {
  await page.getByRole("link", { name: /^Alerts/ }).click();
  await page.getByRole("heading", { level: 1, name: "Alerts" }).waitFor();
  const card = (region: string) =>
    page
      .getByRole("region", { name: region })
      .getByRole("listitem")
      .filter({ has: page.getByRole("heading", { name: /hung-reviewer .* is hung/ }) });
  const firing = card("Firing");
  await firing.getByText("critical", { exact: true }).waitFor(PATIENCE);
  await firing.getByLabel("Silence for").selectOption("15 minutes");
  await firing.getByRole("button", { name: /^Silence/ }).click();
  const silenced = card("Silenced");
  await silenced.getByText(/^Silenced until \d\d:\d\d/).waitFor(PATIENCE);
  await silenced.getByRole("button", { name: /^Unsilence/ }).click();
  await firing.waitFor(PATIENCE);
  console.log("ok  page: an alert is silenced, and the silence is taken back");
}
