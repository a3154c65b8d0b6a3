/** Debian's Chromium, with pages that record forbidden actions. */
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { eventually } from "../../support/service.ts";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Uses a new profile, which is removed when the browser closes. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
}

export interface Look {
  readonly width?: number;
  readonly dark?: boolean;
}

export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /**
   * Violations of the content security policy, exceptions, and requests to any server other than the
   * watchdog.
   */
  readonly misdeeds: readonly string[];
  /** Returns the size of all loaded resources as transferred, before decompression. */
  bytes(): Promise<number>;
}

export async function openPage(browser: Browser, url: string, look: Look = {}): Promise<OpenPage> {
  const { width = 1280, dark = false } = look;
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const misdeeds: string[] = [];
  const sizes: Promise<number>[] = [];
  const { origin } = new URL(url);
  page.on("pageerror", (error) => misdeeds.push(`threw ${error.message}`));
  page.on("console", (message) => {
    if (/content security policy|violat/i.test(message.text())) misdeeds.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith("data:"))
      misdeeds.push(`asked ${request.url()}`);
  });
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (response.status() === 200 && ["/", "/page.js", "/page.css"].includes(pathname))
      sizes.push(response.body().then(({ length }) => length));
  });
  await page.goto(url);
  return {
    page,
    misdeeds,
    bytes: async () => (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0),
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** Selects with the keyboard, because a click target may move while the page updates. */
export async function choose(radio: Locator): Promise<void> {
  await radio.press("Space");
  await eventually("it is chosen", () => radio.isChecked());
}

export type Rules = "all" | "contrast" | "all but contrast";

/** Returns what axe reports against WCAG 2.2 AA and its own best practices, one line each. */
export async function accessibilityFaults(page: Page, rules: Rules = "all"): Promise<string[]> {
  // Legacy mode opens no second page, which would slow down this one in the background.
  const axe = new AxeBuilder({ page }).setLegacyMode();
  if (rules === "contrast") axe.withRules("color-contrast");
  if (rules === "all but contrast") axe.disableRules("color-contrast");
  const { violations } = await axe.analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`),
  );
}
