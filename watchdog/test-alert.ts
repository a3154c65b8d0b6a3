/** `--test-alert`: sends one alert to each configured receiver and prints the results. */
import { pino } from "pino";
import { UsageError } from "../shared/operator-error.ts";
import { printable } from "../shared/printable.ts";
import type { Alert } from "./api.ts";
import type { Config } from "./config/settings.ts";
import { OWN_NAME } from "./config/targets-file.ts";
import { linksTo } from "./links.ts";
import { reasonOf } from "./reason.ts";
import { createReceivers } from "./receivers/configured.ts";
import { Refused } from "./receivers/delivery.ts";

/** Returns whether all succeeded, and prints a line for each. Throws UsageError if no receiver is configured. */
export async function testAlert(config: Config, print: (line: string) => void): Promise<boolean> {
  const now = Date.now();
  const links = linksTo(config.externalUrl ?? `http://${config.host}:${config.port}`, config.runbooks);
  const silent = pino({ level: "silent" });
  const [, ...receivers] = createReceivers(config, silent, links.page, () => now);
  if (receivers.length === 0)
    throw new UsageError(
      "no receiver: configure one, for example with --slack-url-file FILE; --help lists them",
    );
  const alert: Alert = {
    fingerprint: "0000000000000000",
    rule: "test-alert",
    severity: "info",
    target: OWN_NAME,
    labels: {},
    summary: "this is a test",
    evidence: "no action is needed",
    runbookUrl: links.runbook("agent-hung", "0000000000000000"),
    state: "firing",
    thresholds: {},
    since: now,
    firedAt: now,
  };
  const outcomes = receivers.map(async ({ name, send }) => {
    const failure = await send([{ kind: "alert", alert }], String(now)).then(
      () => undefined,
      (error: unknown) => (error instanceof Refused ? error.message : reasonOf(error)),
    );
    print(failure === undefined ? `${name}: ok` : printable(`${name}: failed: ${failure}`));
    return failure === undefined;
  });
  return (await Promise.all(outcomes)).every(Boolean);
}
