/** What the observed notices: a writer alone and with ten scrapes a second, in turns; paced, and at full speed. */
import { setTimeout as sleep } from "node:timers/promises";
import { createFixture } from "./fixture.ts";
import { startService, startWriter, untilHistoryRead } from "./programs.ts";

const ROWS = 100_000;
/** Commits per second; 0: as many as it can. */
const RATES = [50, 0];
const TURNS = 6;
const TURN_SECONDS = 4;
const SCRAPES_PER_SECOND = 10;

export async function benchObserver(): Promise<void> {
  const rows = [];
  for (const journal of ["wal", "delete"] as const) {
    for (const rate of RATES) rows.push(await benchWriter(journal, rate));
  }
  console.log(`\na writer over ${ROWS} rows, with and without ${SCRAPES_PER_SECOND} scrapes a second`);
  console.table(rows);
}

async function benchWriter(journal: "wal" | "delete", rate: number) {
  using fixture = createFixture({ rows: ROWS, journal });
  await using writer = startWriter(fixture.path, rate);
  await sleep(1000);
  const alone: Turn[] = [];
  const observed: Turn[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    alone.push(await takeTurn(writer));
    await using service = await startService(fixture.path);
    await untilHistoryRead(service);
    let scraping = true;
    const scrapes = (async () => {
      for (; scraping; await sleep(1000 / SCRAPES_PER_SECOND))
        await (await fetch(`http://127.0.0.1:${service.port}/metrics`)).text();
    })();
    await sleep(500);
    observed.push(await takeTurn(writer));
    scraping = false;
    await scrapes;
  }
  const [without, withService] = [median(alone), median(observed)];
  return {
    journal,
    writer: rate === 0 ? "full speed" : `${rate}/s`,
    "commits/s alone": Math.round(without),
    "commits/s observed": Math.round(withService),
    ratio: (withService / without).toFixed(3),
    "largest -wal alone, MiB": largestWal(alone),
    "largest -wal observed, MiB": largestWal(observed),
  };
}

interface Turn {
  readonly commitsPerSecond: number;
  readonly walBytes: number;
}

async function takeTurn(writer: ReturnType<typeof startWriter>): Promise<Turn> {
  const [began, before] = [performance.now(), (await writer.ask()).commits];
  await sleep(TURN_SECONDS * 1000);
  const { commits, walBytes } = await writer.ask();
  return { commitsPerSecond: (commits - before) / ((performance.now() - began) / 1000), walBytes };
}

function median(turns: readonly Turn[]): number {
  const sorted = turns.map(({ commitsPerSecond }) => commitsPerSecond).sort((a, b) => a - b);
  return ((sorted[TURNS / 2 - 1] ?? 0) + (sorted[TURNS / 2] ?? 0)) / 2;
}

function largestWal(turns: readonly Turn[]): string {
  return (Math.max(...turns.map(({ walBytes }) => walBytes)) / 2 ** 20).toFixed(1);
}
