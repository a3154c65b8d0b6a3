/**
 * Checks the watchdog's page in a real browser, against the real demo and against orchestrators in states
 * that the demo does not reach. Needs Debian's `chromium`. .ci/run runs it.
 */
import { checkAccess } from "./access.ts";
import { openBrowser } from "./browser.ts";
import { checkDemo } from "./demo.ts";
import { checkStates } from "./states.ts";
import { checkThousand } from "./thousand.ts";

const browser = await openBrowser();
try {
  await checkDemo(browser);
  await checkStates(browser);
  await checkAccess(browser);
  await checkThousand(browser);
} finally {
  await browser.close();
}
