/** The envelope of an orchestrator with 20 running agents, as it is really read. */
import { setTimeout as sleep } from "node:timers/promises";
import type { GetMetricsResponse } from "../gen/orchestrator/metrics/v1/metrics_pb.js";
import { readConfig } from "../src/config.ts";
import { sectionErrors } from "../src/metrics/changes.ts";
import { createMetricsService } from "../src/metrics/service.ts";
import { openSources } from "../src/sources.ts";
import { createFixture } from "./fixture.ts";

const MOST_TRIES = 30;

/** Throws where a section cannot be read: without it everything that is measured would be too small. */
export async function recordedEnvelope(): Promise<GetMetricsResponse> {
  using fixture = createFixture({ rows: 1_000 });
  const sources = await openSources(readConfig(["--database", fixture.path], {}, ["database"]), () => {});
  const service = createMetricsService(sources);
  try {
    for (let tries = 1; ; tries += 1) {
      const envelope = await service.metrics([]);
      const [broken] = sectionErrors(envelope).filter(([, error]) => error !== undefined);
      if (!broken) return envelope;
      if (tries === MOST_TRIES) throw new Error(`${broken[0]} cannot be read: ${broken[1]?.message}`);
      await sleep(500);
    }
  } finally {
    await sources.close();
  }
}
