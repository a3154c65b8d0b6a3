/** The same rows in SQLite and in PostgreSQL: what a reading over each costs. */
import { startPostgresql } from "../test/support/postgresql.ts";
import { load } from "./client.ts";
import { createFixture } from "./fixture.ts";
import { fillPostgresql } from "./postgresql-fixture.ts";
import { startService, untilHistoryRead } from "./programs.ts";

const SIZES = [1_000, 1_000_000];
const SECONDS = 4;

interface Measured {
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  readonly residentMebibytes: number;
}

export async function benchDatabases(): Promise<void> {
  const rows: Record<string, string | number>[] = [];
  const smallest = new Map<string, number>();
  for (const size of SIZES) {
    for (const [name, measure] of [
      ["SQLite", sqlite],
      ["PostgreSQL", postgresql],
    ] as const) {
      const measured = await measure(size);
      const first = smallest.get(name) ?? measured.p50Milliseconds;
      smallest.set(name, first);
      rows.push({
        database: name,
        rows: size,
        "p50 ms": measured.p50Milliseconds.toFixed(2),
        "p99 ms": measured.p99Milliseconds.toFixed(2),
        "p50 of the smallest": (measured.p50Milliseconds / first).toFixed(2),
        "resident MiB": measured.residentMebibytes.toFixed(0),
      });
    }
  }
  console.log("\nSQLite and PostgreSQL, 1 connection, no agents");
  console.table(rows);
}

async function sqlite(size: number): Promise<Measured> {
  using fixture = createFixture({ rows: size, agents: 0 });
  return await measure(fixture.path);
}

async function postgresql(size: number): Promise<Measured> {
  await using server = await startPostgresql();
  await fillPostgresql(server, size);
  return await measure(server.url());
}

async function measure(database: string): Promise<Measured> {
  await using service = await startService(database);
  await untilHistoryRead(service);
  const { p50Milliseconds, p99Milliseconds } = await load(
    { port: service.port, path: "/metrics" },
    1,
    SECONDS,
  );
  return { p50Milliseconds, p99Milliseconds, residentMebibytes: service.residentMebibytes() };
}
