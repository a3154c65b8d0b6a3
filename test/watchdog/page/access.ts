/** Accessibility of the page: contrast, narrow screens, keyboard, screen reader and slow connection. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { eventually } from "../../support/service.ts";
import { type FakeTarget, startFakeTarget } from "../support/fake-target.ts";
import { startRealWatchdog } from "../support/real-watchdog.ts";
import { createFolder, type RunningWatchdog } from "../support/watchdog.ts";
import { accessibilityFaults, choose, openPage } from "./browser.ts";
import { EVERY_VERDICT, QUICK_THRESHOLDS, startOrchestrator } from "./orchestrators.ts";

const MOST_BYTES = 200_000;
/** The looks of each view. Contrast is the same at every width, and all else is the same in every colour scheme. */
const LOOKS = [
  { width: 1280, colorScheme: "light", rules: "all" },
  { width: 1280, colorScheme: "dark", rules: "contrast" },
  { width: 360, colorScheme: "dark", rules: "all but contrast" },
] as const;
const SOON = { timeout: 30_000 };

export async function checkAccess(browser: Browser): Promise<void> {
  using folder = createFolder();
  await using every = await startOrchestrator(EVERY_VERDICT);
  await using calm = await startOrchestrator(["working", "waiting_on_child"]);
  await using full = await startFakeTarget({ queue: { counts: { queued: 10, running: 0 } } });
  await using watchdog = await startFleet(folder, { every, calm, full });
  await eventually(
    "each verdict is there",
    async () => Object.keys((await watchdog.summary("every")).verdicts).length === EVERY_VERDICT.length,
    60,
  );
  await everyViewIsForAll(browser, watchdog);
  await axisIsEven(browser, watchdog);
  await byKeyboardAlone(browser, watchdog);
  await coloursAreChosen(browser, watchdog);
}

function startFleet(
  folder: ReturnType<typeof createFolder>,
  targets: Readonly<Record<string, FakeTarget>>,
): Promise<RunningWatchdog> {
  writeFileSync(folder.file("thresholds.yaml"), QUICK_THRESHOLDS);
  return startRealWatchdog([
    ...Object.entries(targets).flatMap(([name, { url }]) => ["--target", `${name}=${url}`]),
    ...["--target", "down=http://127.0.0.1:9", "--thresholds", folder.file("thresholds.yaml")],
    ...["--history", folder.file("history.db")],
  ]);
}

/** Returns each view, with what it contains once it is loaded. */
function views(hungRun: string): readonly (readonly [string, string])[] {
  return [
    ["#/", "every"],
    ["#/orchestrators/every", "In the source's own words"],
    ["#/orchestrators/calm", "Over time"],
    [`#/orchestrators/every/runs/${hungRun}`, "Verdicts, newest first"],
    ["#/orchestrators/down", "No data received yet"],
    ["#/orchestrators/every?verdict=hung&sort=-cost", "1 of"],
    ["#/runs", "Unpriced runs"],
    ["#/runs?days=7&by=run", "analyst"],
    ["#/alerts", "Firing"],
    ["#/nowhere", "No such view"],
  ];
}

async function everyViewIsForAll(browser: Browser, watchdog: RunningWatchdog): Promise<void> {
  const { agents } = await watchdog.target("every");
  const hungRun = agents.find(({ verdict }) => verdict.name === "hung")?.runId ?? "";
  for (const { width, colorScheme, rules } of LOOKS) {
    await using opened = await openPage(browser, watchdog.url, { width, dark: colorScheme === "dark" });
    const { page, misdeeds } = opened;
    for (const [hash, words] of views(hungRun)) {
      await page.goto(`${watchdog.url}/${hash}`);
      await page.getByText(words).first().waitFor(SOON);
      // All plots have the same table.
      const [summary] = await page.getByText(/^As a table/).all();
      await summary?.click();
      const where = `${hash}, ${colorScheme}, ${width} px`;
      assert.deepEqual(await accessibilityFaults(page, rules), [], where);
      assert.ok((await widthOf(page)) <= width, `${where}: it scrolls sideways`);
    }
    assert.deepEqual(misdeeds, []);
    assert.ok((await opened.bytes()) < MOST_BYTES, `${await opened.bytes()} bytes`);
  }
  console.log(
    "ok  page: every view, light and dark, wide and at 360 px: nothing that axe finds, no sideways scroll,",
  );
  console.log("          no request elsewhere, no violation of its policy, less than 200 kB unpacked");
}

function widthOf(page: Page): Promise<number> {
  return page.evaluate<number>("document.documentElement.scrollWidth");
}

/** With ten jobs, steps of 2.5 would fit best. */
async function axisIsEven(browser: Browser, watchdog: RunningWatchdog): Promise<void> {
  await using opened = await openPage(browser, watchdog.url);
  const { page } = opened;
  await page.evaluate(`{
    globalThis.labels = [];
    const { fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
      if (this.canvas.closest("figure").textContent.startsWith("Jobs")) labels.push(text);
      fillText.call(this, text, ...place);
    };
  }`);
  await page.evaluate(`location.hash = "#/orchestrators/full"`);
  const labels = async () =>
    new Set((await page.evaluate<string[]>("labels")).filter((text) => /^\d+$/.test(text)));
  await eventually("the axis is drawn", async () => (await labels()).size > 0);
  assert.deepEqual([...(await labels())], ["0", "5", "10"]);
  console.log("ok  page: the labels of a plot's axis are evenly spaced");
}

async function byKeyboardAlone(browser: Browser, watchdog: RunningWatchdog): Promise<void> {
  await using opened = await openPage(browser, watchdog.url);
  const { page } = opened;
  await page.getByRole("link", { name: "every" }).waitFor(SOON);
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "Skip to the content");
  await page.keyboard.press("Enter");
  await tabTo(page, "every");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "every" }).waitFor(SOON);
  await page.getByRole("region", { name: "Agents" }).waitFor(SOON);
  await eventually(
    "the keyboard goes on at the new view's start",
    async () => (await focusedId(page)) === "main",
  );

  await tabTo(page, "Verdict ↑");
  await page.keyboard.press("Enter");
  await page.locator("th[aria-sort=descending]", { hasText: "Verdict" }).waitFor(SOON);
  assert.match(page.url(), /\?sort=-verdict$/);
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: "Identity" }).waitFor(SOON);
  await page.getByRole("figure", { name: /^CPU/ }).waitFor(SOON);
  await tabTo(page, "CPU: point in time");
  const before = await valueText(page);
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await eventually("another point in time is announced", async () => (await valueText(page)) !== before);
  assert.match(await valueText(page), /^\d\d:\d\d:\d\d, itself .*, children .*/);

  await page.keyboard.press("a");
  await page.getByRole("region", { name: "Firing" }).waitFor(SOON);
  const icon = await page.locator("link[rel=icon]").getAttribute("href");
  assert.match(icon ?? "", /circle/, "the tab's icon has a dot");
  await tabTo(page, /^Silence: /);
  const silenced = ((await focused(page)) ?? "").slice("Silence: ".length);
  await page.keyboard.press("Enter");
  await eventually("the focus is on the button that undoes it", async () =>
    (await focused(page)).startsWith("Unsilence: "),
  );
  assert.equal(await focused(page), `Unsilence: ${silenced}`);
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: "Silenced" }).waitFor({ ...SOON, state: "detached" });
  console.log("ok  page: fleet, orchestrator, plots and silences by the keyboard alone");
}

/** Presses Tab until the element with this name has the focus. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  for (let presses = 0; presses < 200; presses += 1) {
    await page.keyboard.press("Tab");
    const now = await focused(page);
    if (typeof name === "string" ? now === name : name.test(now)) return;
  }
  throw new Error(`Tab does not reach ${name}`);
}

/** Returns the label or the text of the element that has the focus. */
async function focused(page: Page): Promise<string> {
  return page.evaluate<string>(
    `(document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "").trim()`,
  );
}

function focusedId(page: Page): Promise<string> {
  return page.evaluate<string>(`document.activeElement?.id ?? ""`);
}

function valueText(page: Page): Promise<string> {
  return page.evaluate<string>(`document.activeElement?.getAttribute("aria-valuetext") ?? ""`);
}

async function coloursAreChosen(browser: Browser, watchdog: RunningWatchdog): Promise<void> {
  await using opened = await openPage(browser, watchdog.url);
  const { page } = opened;
  await page.getByRole("link", { name: "every" }).waitFor(SOON);
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Help" }).waitFor(SOON);
  assert.deepEqual(await accessibilityFaults(page), [], "the help sheet");
  const ground = () => page.evaluate<string>("getComputedStyle(document.documentElement).backgroundColor");
  const light = await ground();
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await ground();
  assert.notEqual(light, dark);
  await choose(page.getByRole("radio", { name: "light" }));
  assert.equal(await ground(), light);
  await page.reload();
  await page.getByRole("link", { name: "every" }).waitFor(SOON);
  assert.equal(await ground(), light);
  await page.getByRole("button", { name: "Help" }).click();
  await page.getByRole("checkbox", { name: "Enable these shortcuts" }).press("Space");
  await choose(page.getByRole("radio", { name: "system" }));
  assert.equal(await ground(), dark);
  await page.keyboard.press("Escape");
  await page.keyboard.press("a");
  await page.getByRole("button", { name: "Help" }).click();
  assert.doesNotMatch(page.url(), /alerts$/);
  console.log("ok  page: light or dark as the system has it, or as it was chosen");
}
