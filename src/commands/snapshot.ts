/** `orch-metrics snapshot`: the envelope once, as JSON, to standard output. */

import { forceExit } from "../../shared/force-exit.ts";
import { createLogger } from "../../shared/log.ts";
import type { Config } from "../config.ts";
import { createMetricsService } from "../metrics/service.ts";
import { envelopeText } from "../server/json.ts";
import { openSources } from "../sources.ts";
import { PATIENCE_SECONDS, untilHistoryRead } from "./until-history-read.ts";

export async function snapshot(config: Config): Promise<void> {
  const log = createLogger(config.logLevel);
  const onUnexpected = (where: string, error: unknown) =>
    log.error({ where, err: error }, "unexpected error");
  const sources = await openSources(config, onUnexpected, { deadlineSeconds: PATIENCE_SECONDS });
  try {
    await untilHistoryRead(sources.repository, (message) => log.info(message));
    const envelope = await createMetricsService(sources).metrics([]);
    const text = JSON.stringify(JSON.parse(envelopeText(envelope)), null, 2);
    // JSON escapes what a terminal obeys, but not these.
    const escaped = text.replace(/[\x7f-\x9f]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`);
    process.stdout.write(`${escaped}\n`);
  } finally {
    await sources.close();
    forceExit();
  }
}
