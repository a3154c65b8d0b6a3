/** Measures a writer at 50 commits a second, alternately alone and with ten scrapes a second. */
import { setTimeout as sleep } from "node:timers/promises";
import { openScraper, quantile } from "./client.ts";
import { createFixture } from "./fixture.ts";
import { startService, startWriter, untilHistoryRead, type Writer, type Written } from "./programs.ts";

const ROWS = 100_000;
const TURNS = 6;
const TURN_SECONDS = 5;
const SCRAPES_PER_SECOND = 10;

export async function benchObserver(): Promise<void> {
  const rows = [];
  for (const journal of ["wal", "delete"] as const) rows.push(...(await benchJournal(journal)));
  console.log(`\nA writer over ${ROWS} rows, alone and with ${SCRAPES_PER_SECOND} scrapes per second`);
  console.table(rows);
}

async function benchJournal(journal: "wal" | "delete"): Promise<readonly object[]> {
  using fixture = createFixture({ rows: ROWS, journal });
  await using writer = startWriter(fixture.path);
  const alone: Written[] = [];
  const observed: Written[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    alone.push(await takeTurn(writer));
    observed.push(await takeObservedTurn(fixture.path, writer));
  }
  const commits = commitsPerSecond(alone);
  return [row(journal, "alone", alone, commits), row(journal, "observed", observed, commits)];
}

async function takeTurn(writer: Writer): Promise<Written> {
  await sleep(500);
  await writer.ask();
  await sleep(TURN_SECONDS * 1000);
  return writer.ask();
}

async function takeObservedTurn(path: string, writer: Writer): Promise<Written> {
  await using service = await startService(path);
  await untilHistoryRead(service);
  using scraper = openScraper(service.port);
  const turn = takeTurn(writer);
  let isOver = false;
  turn.finally(() => (isOver = true)).catch(() => {});
  for (; !isOver; await sleep(1000 / SCRAPES_PER_SECOND)) await scraper.get();
  return turn;
}

function commitsPerSecond(turns: readonly Written[]): number {
  return turns.reduce((sum, { took }) => sum + took.length, 0) / turns.length / TURN_SECONDS;
}

function row(journal: string, writer: string, turns: readonly Written[], alone: number): object {
  const took = turns.flatMap((turn) => turn.took).toSorted((a, b) => a - b);
  const commits = commitsPerSecond(turns);
  return {
    journal,
    writer,
    "commits/s": commits.toFixed(2),
    "of alone": (commits / alone).toFixed(3),
    "commit p50 ms": quantile(took, 0.5).toFixed(2),
    "p99 ms": quantile(took, 0.99).toFixed(2),
    "longest ms": quantile(took, 1).toFixed(1),
    "largest -wal, MiB": (Math.max(...turns.map(({ walBytes }) => walBytes)) / 2 ** 20).toFixed(1),
  };
}
