/** The page against the running demo: agents told apart, what changes without a reload, an alert and its silence. */
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { startDemo } from "../../demo/start-demo.ts";
import { eventually } from "../../support/service.ts";
import { choose, openPage } from "./browser.ts";

const PATIENCE = { timeout: 120_000 };
/** Of an agent that only its own threads could wake. */
const NOTHING_OUTSIDE = /no progress: no tokens/;

export async function checkDemo(browser: Browser): Promise<void> {
  await using demo = await startDemo();
  await using opened = await openPage(browser, demo.page);
  const { page } = opened;
  // A reload would take it away.
  await page.evaluate("globalThis.neverReloaded = true");

  await fleetShowsIt(page);
  await agentsAreToldApart(page);
  await numbersMove(page);
  await agentHasPlots(page);
  await historyHasPlots(page);
  await alertIsSilenced(page);
  assert.equal(await page.evaluate("globalThis.neverReloaded"), true);
  assert.deepEqual(opened.misdeeds, []);
  console.log("ok  page: all of it without a reload, and nothing that its security policy forbids");
}

async function fleetShowsIt(page: Page): Promise<void> {
  const row = page.getByRole("row", { name: /^demo/ });
  await row.getByText("up", { exact: true }).waitFor(PATIENCE);
  await row.getByText(/[1-9]\d* working/).waitFor(PATIENCE);
  await row.getByRole("link", { name: "demo" }).click();
  await page.getByRole("heading", { level: 1, name: "demo" }).waitFor();
  console.log("ok  page: the fleet shows the demo, and leads to it");
}

async function agentsAreToldApart(page: Page): Promise<void> {
  const agents = page.getByRole("region", { name: "Agents" }).getByRole("listitem");
  const told = async (agent: string, verdict: string, evidence: RegExp) => {
    const item = agents.filter({ has: page.getByRole("heading", { name: agent }) });
    try {
      await item.getByText(verdict, { exact: true }).waitFor(PATIENCE);
      await item.getByText(evidence).waitFor(PATIENCE);
    } catch (cause) {
      throw new Error(`the page shows: ${await item.textContent()}`, { cause });
    }
  };
  await told("busy-developer", "working", /of a core of its own/);
  await told("waiting-tester", "waiting on child", /by its children/);
  await told("hung-reviewer", "hung", NOTHING_OUTSIDE);
  console.log("ok  page: a busy, a waiting and a hung agent are told apart, with the evidence");
}

async function numbersMove(page: Page): Promise<void> {
  const busy = page
    .getByRole("region", { name: "Agents" })
    .getByRole("listitem")
    .filter({ hasText: "busy-developer" });
  const cost = () => busy.getByText(/^\$\d/).textContent();
  const before = await cost();
  await eventually("its cost rises", async () => (await cost()) !== before, 60);
  await page.getByText("Live", { exact: true }).waitFor();
  console.log("ok  page: figures change by themselves");
}

async function agentHasPlots(page: Page): Promise<void> {
  const hung = page
    .getByRole("region", { name: "Agents" })
    .getByRole("listitem")
    .filter({ has: page.getByRole("heading", { name: "hung-reviewer" }) });
  await hung.getByRole("link", { name: /^Plots/ }).click();
  const cpu = hung.getByRole("figure", { name: /^CPU/ });
  await isDrawn(cpu.locator("canvas"));
  await hung.getByRole("figure", { name: /^Voluntary switches/ }).waitFor();
  const verdicts = hung.getByRole("list").filter({ hasText: "not known yet" });
  assert.match((await verdicts.first().textContent()) ?? "", /hung.*not known yet/);
  assert.match(page.url(), /\/runs\/\d+$/);
  await hung.getByRole("link", { name: /^Hide plots/ }).click();
  console.log("ok  page: an agent's CPU and switches over time, with its verdicts");
}

async function historyHasPlots(page: Page): Promise<void> {
  const history = page.getByRole("region", { name: "Over time" });
  for (const name of [/^Jobs/, /^Age of the job/, /^Spending by model/]) {
    const figure = history.getByRole("figure", { name });
    await isDrawn(figure.locator("canvas"));
    await figure.getByText(/^As a table/).click();
    await eventually("its table has rows", async () => (await figure.getByRole("row").count()) > 2);
  }
  await choose(history.getByRole("radio", { name: "15 min" }));
  await isDrawn(history.getByRole("figure", { name: /^Jobs/ }).locator("canvas"));
  console.log("ok  page: queue and spending over time, as plots and as tables");
}

/** Some of its dots differ from the others. */
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
