/** `orch-metrics snapshot`: the envelope once, as JSON, to standard output. */
import type { Config } from "../config.ts";
import { createLogger } from "../log.ts";
import { createMetricsService } from "../metrics/service.ts";
import { envelopeText } from "../server/json.ts";
import { openSources } from "../sources.ts";
import { endSurely } from "./end-surely.ts";
import { PATIENCE_SECONDS, untilHistoryRead } from "./until-history-read.ts";

export async function snapshot(config: Config): Promise<void> {
  const log = createLogger(config.logLevel);
  const onUnexpected = (where: string, error: unknown) =>
    log.error({ where, err: error }, "unexpected error");
  const sources = await openSources(config, onUnexpected, { deadlineSeconds: PATIENCE_SECONDS });
  try {
    await untilHistoryRead(sources.repository, (message) => log.info(message));
    const envelope = await createMetricsService(sources).metrics([]);
    process.stdout.write(`${JSON.stringify(JSON.parse(envelopeText(envelope)), null, 2)}\n`);
  } finally {
    await sources.close();
    endSurely();
  }
}
