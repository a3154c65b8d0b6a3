/**
 * A single `jobs` section instead of the queue's sections: the same figures on both databases, with any key.
 */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseProfile } from "../../src/profiles/parse.ts";
import type { Profile, SqlDialect } from "../../src/profiles/profile.ts";
import { loadProfile } from "../../src/profiles/shipped.ts";
import { openPostgresqlRepository } from "../../src/repositories/postgresql/open.ts";
import type { Snapshot } from "../../src/repositories/repository.ts";
import { DatabaseReader } from "../../src/repositories/sqlite/database-reader.ts";
import { ago, createDatabase } from "../support/database.ts";
import { type PostgresqlServer, REFERENCE_SCHEMA, startPostgresql } from "../support/postgresql.ts";
import { eventually } from "../support/service.ts";
import { unguarded } from "../support/unguarded.ts";
import { examineHere } from "./attacks.ts";

const PARTS = ["queue", "runningJobs"] as const;

const KNOWN = "'queued', 'running', 'done', 'failed', 'cancelled'";
const profileOf = (
  dialect: SqlDialect,
  key = "id",
  more = ", status IN ('queued', 'running') AS is_open",
) => {
  const text = `-- dialect: sqlite, postgresql
-- name: jobs
SELECT ${key} AS job_key, CASE WHEN status IN (${KNOWN}) THEN status ELSE 'other' END AS status, kind,
  available_at, created_at, started_at, status AS native_status, CAST(task_id AS TEXT) AS task_id,
  attempts, max_attempts${more}
FROM jobs
`;
  return { ...parseProfile("mine", text), dialect };
};

/** Equivalent ways to write the section. */
const FORMS: readonly (readonly [what: string, key?: string, more?: string])[] = [
  ["with an increasing key"],
  ["without is_open", "id", ""],
  ["with a key without an index, summed up as a whole", "CAST(id AS TEXT)"],
];

const time = (spread: number) => fc.integer({ min: -spread, max: spread }).map((seconds) => ago(seconds));
const jobs = fc.array(
  fc.record({
    status: fc.constantFrom("queued", "queued", "running", "running", "done", "failed", "cancelled", "odd"),
    kind: fc.constantFrom("developer", "reviewer"),
    attempts: fc.nat(4),
    max_attempts: fc.integer({ min: 1, max: 3 }),
    // Never close to the present, so that both readings see the same.
    available_at: fc.oneof(
      time(50).map(() => ago(40)),
      fc.constantFrom(ago(3600), ago(9), ago(-3600), ago(-60)),
    ),
    created_at: fc.constantFrom(ago(7200), ago(30), ago(5)),
    started_at: fc.option(fc.constantFrom(ago(1800), ago(20))),
  }),
  { maxLength: 40 },
);

/** Returns everything that was read except its time, which differs by the milliseconds between two readings. */
function partsOf({ parts }: Snapshot) {
  const { queue, runningJobs } = parts;
  if (!queue?.ok || !runningJobs?.ok) throw new Error(JSON.stringify(parts));
  const { historyAsOfMs, counts, ...rest } = queue.value;
  expect(historyAsOfMs).toBeGreaterThan(Date.now() - 10_000);
  const byWord = (word: string | null) => word ?? "";
  return {
    ...rest,
    counts: counts.toSorted((a, b) => byWord(a.nativeStatus).localeCompare(byWord(b.nativeStatus))),
    running: runningJobs.value,
  };
}

function isBeingRead({ parts }: Snapshot): boolean {
  return Object.values(parts).some((part) => !part.ok && part.failure.progress !== undefined);
}

describe("a jobs section on SQLite", () => {
  function read(path: string, profile: Profile) {
    const { terminalStages } = profile;
    const reader = new DatabaseReader(
      { databasePath: path, profile, terminalStages, maxItems: 9 },
      unguarded(),
    );
    try {
      for (;;) {
        const answer = reader.read(PARTS, Date.now());
        // On a busy machine one reading may not suffice. The next one continues.
        if (!isBeingRead(answer.snapshot)) return answer;
      }
    } finally {
      reader.release();
    }
  }

  for (const [what, key, more] of FORMS) {
    it(`reports the same as the queue's own sections: ${what}`, () => {
      using database = createDatabase();
      fc.assert(
        fc.property(jobs, (rows) => {
          database.connection.exec("DELETE FROM jobs");
          database.insert("jobs", ...rows.map((row, index) => ({ id: index + 1, ...row })));
          const expected = partsOf(read(database.path, loadProfile("reference", "sqlite")).snapshot);
          expect(partsOf(read(database.path, profileOf("sqlite", key, more)).snapshot)).toEqual(expected);
        }),
        { seed: 20261127, numRuns: 15 },
      );
    });
  }

  it("reports omitted columns as unknown, and an invalid time as not due", () => {
    using database = createDatabase({
      schema: "CREATE TABLE t (id INTEGER PRIMARY KEY, status TEXT, at TEXT)",
    });
    database.connection.exec(
      "INSERT INTO t VALUES (1, 'queued', 'soon'), (2, 'running', NULL), (3, 'done', NULL)",
    );
    const text = "-- dialect: sqlite\n-- name: jobs\nSELECT id AS job_key, status";
    expect(partsOf(read(database.path, parseProfile("mine", `${text} FROM t`)).snapshot)).toMatchObject({
      counts: [1, 1, 1].map((jobs) => ({ jobs, nativeStatus: null })),
      ...{ oldestQueuedAtMs: null, oldestRunningAtMs: null, nextAvailableAtMs: null, delayedJobs: null },
      retries: null,
      running: [
        { jobId: "2", taskId: null, kind: null, startedAtMs: null, attempts: null, maxAttempts: null },
      ],
    });
    const { snapshot, leftOut } = read(
      database.path,
      parseProfile("mine", `${text}, at AS available_at FROM t`),
    );
    expect(partsOf(snapshot)).toMatchObject({
      delayedJobs: 1,
      nextAvailableAtMs: null,
      oldestQueuedAtMs: null,
    });
    expect(leftOut).toEqual([
      "column available_at of jobs holds a time that cannot be read: the field is omitted",
    ]);
  });

  it("is rejected next to each section that it replaces", () => {
    for (const old of ["queue_counts", "queue_retries", "queue_ages", "queue_running", "job_history"]) {
      const text = `-- dialect: sqlite\n-- name: jobs\nSELECT 1\n-- name: ${old}\nSELECT 1`;
      expect(parseProfile("mine", text).problems).toMatchObject([
        { line: 4, section: old, message: "the section duplicates jobs: remove one of them" },
      ]);
    }
  });

  it("has its key, its indexes and its warnings reported by check", () => {
    using database = createDatabase();
    database.insert("jobs", { id: 1, kind: "a", status: "odd", available_at: ago(0), created_at: ago(0) });
    database.connection.exec(`WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
      INSERT INTO jobs (id, kind, status, available_at, created_at) SELECT i, 'a', 'odd', '2026-01-31', '2026-01-31' FROM n`);
    const examined = (key?: string, more?: string) =>
      examineHere(database.path, profileOf("sqlite", key, more)).jobs;
    expect(examined()).toMatchObject({ readInPieces: true, rows: 0, problems: [], scans: false });
    expect(examined("id", "")?.warnings).toEqual([
      expect.stringMatching(
        /^jobs visits 20,000 rows for 0.*: add a column is_open whose condition can use an index/,
      ),
      expect.stringMatching(/column status is other in every row/),
    ]);
    expect(examined("CAST(id AS TEXT)")).toMatchObject({ readInPieces: false, rows: 20_000 });
  });
});

describe("a jobs section on PostgreSQL", () => {
  let server: PostgresqlServer;
  beforeAll(async () => {
    server = await startPostgresql();
    await server.exec(REFERENCE_SCHEMA);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function read(profile: Profile) {
    const repository = openPostgresqlRepository({ url: server.url(), profile, maxItems: 9 });
    try {
      for (;;) {
        const snapshot = await repository.read(PARTS);
        if (!isBeingRead(snapshot)) return snapshot;
      }
    } finally {
      await repository.close();
    }
  }

  for (const [what, key, more] of FORMS) {
    it(`reports the same as the queue's own sections: ${what}`, async () => {
      await fc.assert(
        fc.asyncProperty(jobs, async (rows) => {
          const columns = [
            "status",
            "kind",
            "attempts",
            "max_attempts",
            "available_at",
            "created_at",
            "started_at",
          ];
          const values = JSON.stringify(rows.map((row, index) => ({ id: index + 1, ...row })));
          await server.exec(`DELETE FROM jobs; INSERT INTO jobs (id, ${columns}) SELECT id, ${columns}
            FROM json_populate_recordset(NULL::jobs, '${values}')`);
          const expected = partsOf(await read(loadProfile("reference", "postgresql")));
          expect(partsOf(await read(profileOf("postgresql", key, more)))).toEqual(expected);
        }),
        { seed: 20261127, numRuns: 5 },
      );
    });
  }

  /** A key of each kind, all in the order of the ids. */
  const UUID = (version: number) =>
    `('0192' || lpad(to_hex(id), 4, '0') || '-0000-${version}000-8000-000000000000')`;
  const KEYS: readonly (readonly [key: string, definition: string, index: string, readInPieces: boolean])[] =
    [
      ["a UUID of version 7", `uuid GENERATED ALWAYS AS (${UUID(7)}::uuid) STORED`, "key", true],
      ["a text in byte order", `text COLLATE "C" GENERATED ALWAYS AS (${UUID(7)}) STORED`, "key", true],
      [
        "a text with a byte-order index",
        `text COLLATE "und-x-icu" GENERATED ALWAYS AS (${UUID(7)}) STORED`,
        'key COLLATE "C"',
        true,
      ],
      [
        "a text in a language's order",
        `text COLLATE "und-x-icu" GENERATED ALWAYS AS (${UUID(7)}) STORED`,
        "key",
        false,
      ],
      ["a text without an index", `text GENERATED ALWAYS AS (${UUID(7)}) STORED`, "id", false],
    ];

  it.each(KEYS)("sums up all rows by %s", async (_, definition, index, readInPieces) => {
    const name = await server.createDatabase();
    const exec = (sql: string) => server.exec(sql, name);
    await exec(`${REFERENCE_SCHEMA}; ALTER TABLE jobs ADD COLUMN key ${definition}; CREATE INDEX by_key ON jobs (${index});
      INSERT INTO jobs (id, kind, status, attempts, available_at, created_at)
        SELECT i, 'a', CASE WHEN i % 50 = 0 THEN 'queued' ELSE 'done' END, i % 4, '${ago(9)}', '${ago(9)}' FROM generate_series(1, 9000) AS i`);
    const repository = openPostgresqlRepository({
      url: server.url({ database: name }),
      profile: profileOf("postgresql", "key"),
    });
    try {
      await eventually("it is examined", async () => {
        const [jobs] = (await repository.examine?.()) ?? [];
        return isDeepStrictEqual([jobs?.readInPieces, jobs?.problems], [readInPieces, []]);
      });
      for (const change of [
        "SELECT 1",
        "UPDATE jobs SET status = 'failed', attempts = 9 WHERE id IN (50, 5000)",
        "DELETE FROM jobs WHERE id < 4500",
      ]) {
        await exec(change);
        const { rows } = await exec(
          `SELECT status AS "nativeStatus", count(*)::int AS jobs FROM jobs GROUP BY 1 ORDER BY 1`,
        );
        const sums = await exec("SELECT sum(attempts)::int AS attempts FROM jobs");
        await eventually("all sums are complete", async () => {
          const { queue } = (await repository.read(PARTS)).parts;
          if (!queue?.ok) return false;
          const counts = queue.value.counts.map(({ nativeStatus, jobs }) => ({ nativeStatus, jobs }));
          return isDeepStrictEqual(
            [
              counts.toSorted((a, b) => (`${a.nativeStatus}` < `${b.nativeStatus}` ? -1 : 1)),
              queue.value.retries?.attemptsTotal,
            ],
            [rows, sums.rows[0].attempts],
          );
        });
      }
    } finally {
      await repository.close();
    }
  });

  it("rejects a UUID that does not increase as a history's key", async () => {
    const name = await server.createDatabase();
    await server.exec(
      `CREATE TABLE runs (key uuid PRIMARY KEY); INSERT INTO runs VALUES (${UUID(4).replaceAll("id", "7")}::uuid)`,
      name,
    );
    const text =
      "SELECT key AS run_key, NULL AS agent, NULL AS model, NULL AS cost_usd, NULL AS input_tokens, NULL AS output_tokens, NULL AS cache_read_tokens, NULL AS cache_creation_tokens, FALSE AS is_open FROM runs";
    const profile = parseProfile("mine", `-- dialect: postgresql\n-- name: run_history\n${text}`);
    const repository = openPostgresqlRepository({ url: server.url({ database: name }), profile });
    expect((await repository.read(["cost"])).parts.cost).toMatchObject({
      failure: {
        code: "failed_precondition",
        message: expect.stringContaining(
          "column run_key holds random UUIDs, which do not increase with time: use cost",
        ),
      },
    });
    await repository.close();
  });
});
