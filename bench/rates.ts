/**
 * Measures scrapes at common rates, during 50 commits a second and with 20 live agents: their duration, and the CPU
 * time and memory of all processes of the service.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { openScraper, quantile } from "./client.ts";
import { createFixture } from "./fixture.ts";
import { type Service, startService, startWriter, untilHistoryRead } from "./programs.ts";

export interface RatesOptions {
  readonly rows: readonly number[];
  /** Scrapes per second. */
  readonly rates: readonly number[];
  /** How long each rate is measured. 0 means 30, or as long as 20 scrapes take. */
  readonly seconds: number;
}

const SETTLING_SECONDS = 10;

export async function benchRates({ rows, rates, seconds }: RatesOptions): Promise<void> {
  const measured: (Awaited<ReturnType<typeof measure>> & { rows: number; rate: number })[] = [];
  for (const size of rows) {
    using fixture = createFixture({ rows: size });
    await using _writer = startWriter(fixture.path);
    await using service = await startService(fixture.path);
    await untilHistoryRead(service);
    await sleep(SETTLING_SECONDS * 1000);
    for (const rate of rates) {
      const figures = await measure(service, rate, seconds || Math.max(30, 20 / rate));
      measured.push({ rows: size, rate, ...figures });
    }
  }
  const first = (rate: number) => measured.find((row) => row.rate === rate)?.cpuMilliseconds ?? Number.NaN;
  console.log("\nGET /metrics over one kept-alive connection, during 50 commits per second, with 20 agents");
  console.table(
    measured.map((row) => ({
      rows: row.rows,
      rate: row.rate >= 1 ? `${row.rate}/s` : `one in ${Math.round(1 / row.rate)} s`,
      "p50 ms": row.p50.toFixed(1),
      "p90 ms": row.p90.toFixed(1),
      "CPU ms a scrape": row.cpuMilliseconds.toFixed(1),
      "of the smallest": (row.cpuMilliseconds / first(row.rate)).toFixed(2),
      "CPU, of a core": `${row.cpuPercent.toFixed(2)} %`,
      "PSS MiB": row.pssMebibytes.toFixed(0),
    })),
  );
}

async function measure(service: Service, rate: number, seconds: number) {
  using scraper = openScraper(service.port);
  await scraper.get();
  const took: number[] = [];
  const [cpu, began] = [service.cpuSeconds(), performance.now()];
  const elapsed = () => (performance.now() - began) / 1000;
  while (elapsed() < seconds) {
    const milliseconds = await scraper.get();
    took.push(milliseconds);
    await sleep(Math.max(0, 1000 / rate - milliseconds));
  }
  const [used, lasted] = [service.cpuSeconds() - cpu, elapsed()];
  const sorted = took.toSorted((a, b) => a - b);
  return {
    p50: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    cpuPercent: (100 * used) / lasted,
    cpuMilliseconds: (1000 * used) / took.length,
    pssMebibytes: service.pssMebibytes(),
  };
}
