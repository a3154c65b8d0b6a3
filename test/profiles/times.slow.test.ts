/** Times in a database's own types: a column `X_at` instead of `X_at_ms`, on both databases. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseProfile } from "../../src/profiles/parse.ts";
import { openPostgresqlRepository } from "../../src/repositories/postgresql/open.ts";
import { postgresqlTime } from "../../src/repositories/sql/times.ts";
import { DatabaseReader } from "../../src/repositories/sqlite/database-reader.ts";
import { createDatabase } from "../support/database.ts";
import { type PostgresqlServer, startPostgresql } from "../support/postgresql.ts";
import { unguarded } from "../support/unguarded.ts";
import { examineHere } from "./attacks.ts";

const ISO: readonly (readonly [written: string, iso: string])[] = [
  ["2026-01-31", "2026-01-31T00:00:00Z"],
  ["2026-01-31 12:00", "2026-01-31T12:00:00Z"],
  ["2026-01-31T12:00:05", "2026-01-31T12:00:05Z"],
  ["2026-01-31 12:00:05.1", "2026-01-31T12:00:05.100Z"],
  ["2026-01-31T12:00:05.123456789", "2026-01-31T12:00:05.123Z"],
  ["2026-01-31T12:00:05.25Z", "2026-01-31T12:00:05.250Z"],
  ["2026-01-31T12:00Z", "2026-01-31T12:00:00Z"],
  ["2026-07-31 12:00:05.250+02:00", "2026-07-31T10:00:05.250Z"],
  ["2026-07-31T12:00:05-0530", "2026-07-31T17:30:05Z"],
  ["2026-07-31 12:00:05.5+02", "2026-07-31T10:00:05.500Z"],
  ["2024-02-29", "2024-02-29T00:00:00Z"],
  ["2000-02-29", "2000-02-29T00:00:00Z"],
];

const NUMBERS: readonly (readonly [written: string, iso: string])[] = [
  ["1790000000", "2026-09-21T14:13:20Z"],
  ["1790000000.25", "2026-09-21T14:13:20.250Z"],
  ["1790000000123", "2026-09-21T14:13:20.123Z"],
  ["1790000000123.4", "2026-09-21T14:13:20.123Z"],
];

/** None of these is a valid time, though the database itself would accept some of them. */
const NO_TIMES = [
  "now",
  "12:00",
  "2460000.5",
  "",
  "soon",
  "infinity",
  "2026-13-01",
  "2026-02-32",
  "2026-01-31 25:00",
];

/** Dates that do not exist, and one before 1970. */
const NO_DAYS = ["2026-02-29", "2100-02-29", "2026-04-31", "0000-00-00", "1969-12-31"];

const profileOf = (dialect: string, header: string, from: string) =>
  parseProfile(
    "mine",
    `-- dialect: ${dialect}
${header}
-- name: gates
SELECT at AS acquired_at, scope, NULL AS waiting, NULL AS holder_task_id FROM ${from}`,
  );

const values = (rows: readonly string[]) =>
  `(SELECT * FROM (VALUES ${rows.map((row, index) => `('${String(index).padStart(2, "0")}', ${row})`).join(", ")})`;

const expected = (cases: readonly (readonly [string, string | null])[]) => ({
  gates: {
    ok: true,
    value: cases.map(([, iso]) => expect.objectContaining({ acquiredAtMs: iso && Date.parse(iso) })),
  },
});

const quoted = (cases: readonly (readonly [string, unknown])[]) => cases.map(([text]) => `'${text}'`);

describe("a time on SQLite", () => {
  function read(header: string, rows: readonly string[]) {
    using database = createDatabase({ schema: "CREATE TABLE t (id)" });
    const profile = profileOf(
      "sqlite",
      header,
      `(SELECT column1 AS scope, column2 AS at FROM ${values(rows)}))`,
    );
    const options = { databasePath: database.path, profile, terminalStages: [], maxItems: 1_000 };
    const reader = new DatabaseReader(options, unguarded());
    const { snapshot, leftOut } = reader.read(["gates"], Date.now());
    reader.release();
    return { parts: snapshot.parts, leftOut };
  }

  it("is read from text, seconds and milliseconds", () => {
    expect(read("", quoted(ISO)).parts).toEqual(expected(ISO));
    expect(
      read(
        "",
        NUMBERS.map(([number]) => number),
      ).parts,
    ).toEqual(expected(NUMBERS));
  });

  it("leaves only its field empty if it is invalid, with one line per column", () => {
    const others = ["x'00'", "-1", "-9223372036854775808", "9223372036854775807", "9e999"];
    const { parts, leftOut } = read("", [...quoted(NO_TIMES.map((text) => [text, null])), ...others, "NULL"]);
    const none = [...NO_TIMES, ...others, "NULL"].map((text) => [text, null] as const);
    expect(parts).toEqual(expected(none));
    expect(leftOut).toEqual([
      "column acquired_at of gates holds a time that cannot be read: the field is omitted",
    ]);
  });

  it("may use one of the two names, and warnings use the name as written", () => {
    using database = createDatabase({ schema: "CREATE TABLE t (id)" });
    const gates = (times: string) =>
      examineHere(
        database.path,
        parseProfile(
          "mine",
          `-- dialect: sqlite\n-- name: gates\nSELECT 'a' AS scope, NULL AS waiting, NULL AS holder_task_id,\n${times}`,
        ),
      ).gates;
    expect(gates("NULL AS acquired_at_ms, 2 AS acquired_at")?.problems).toEqual([
      'profile mine, line 4, section gates: columns "acquired_at" and "acquired_at_ms" are the same: remove one',
    ]);
    expect(gates("1790000000123456 AS acquired_at")?.warnings).toEqual([
      expect.stringMatching(
        /line 4, .* column acquired_at is far in the future: divide microseconds by 1000/,
      ),
    ]);
    expect(gates("1790000000 AS acquired_at")).toMatchObject({ problems: [], warnings: [] });
    expect(gates("5 AS other")?.problems).toEqual([
      'profile mine, line 2, section gates: missing column "acquired_at": `NULL AS acquired_at` if it is unknown',
      'profile mine, line 4, section gates: unexpected column "other": remove it',
    ]);
  });
});

describe("a time on PostgreSQL", () => {
  let server: PostgresqlServer;
  beforeAll(async () => {
    server = await startPostgresql();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function read(header: string, rows: readonly string[]) {
    const leftOut = new Set<string>();
    const profile = profileOf("postgresql", header, `${values(rows)} AS t (scope, at)) AS u`);
    const repository = openPostgresqlRepository({
      url: server.url(),
      profile,
      onLeftOut: (one) => leftOut.add(one),
    });
    try {
      return { parts: (await repository.read(["gates"])).parts, leftOut: [...leftOut] };
    } finally {
      await repository.close();
    }
  }

  it("is read from text, seconds and milliseconds", async () => {
    expect((await read("", quoted(ISO))).parts).toEqual(expected(ISO));
    for (const type of ["numeric", "double precision"])
      expect(
        (
          await read(
            "",
            NUMBERS.map(([number]) => `${number}::${type}`),
          )
        ).parts,
      ).toEqual(expected(NUMBERS));
    expect((await read("", ["1790000000::int"])).parts).toEqual(expected(NUMBERS.slice(0, 1)));
  });

  it("is read from timestamptz, timestamp and date, in the header's zone if it has none", async () => {
    for (const [zone, hours] of [
      ["", 0],
      ["-- timezone: Europe/Berlin", 2],
    ] as const) {
      const iso = (hour: number) =>
        [["", new Date(Date.UTC(2026, 6, 31, hour - hours)).toISOString()]] as const;
      expect((await read(zone, ["'2026-07-31 12:00+00'::timestamptz"])).parts).toEqual(
        expected([["", "2026-07-31T12:00:00Z"]]),
      );
      expect((await read(zone, ["'2026-07-31 12:00'::timestamp"])).parts).toEqual(expected(iso(12)));
      expect((await read(zone, ["'2026-07-31 12:00'"])).parts).toEqual(expected(iso(12)));
      expect((await read(zone, ["'2026-07-31'::date"])).parts).toEqual(expected(iso(0)));
    }
  });

  it("leaves only its field empty if it is invalid, with one line per column", async () => {
    const texts = [...NO_TIMES, ...NO_DAYS].map((text) => [text, null] as const);
    for (const [rows, cases] of [
      [
        [...quoted(texts), "NULL"],
        [...texts, ["", null] as const],
      ],
      [
        ["'infinity'::timestamptz", "NULL"],
        [
          ["", null],
          ["", null],
        ] as const,
      ],
      [
        ["'NaN'::numeric", "-9223372036854775808"],
        [
          ["", null],
          ["", null],
        ] as const,
      ],
    ] as const) {
      const { parts, leftOut } = await read("", rows);
      expect(parts).toEqual(expected(cases));
      expect(leftOut).toEqual([
        "column acquired_at of gates holds a time that cannot be read: the field is omitted",
      ]);
    }
  });

  it("is the same on a server that cannot test a cast", async () => {
    const milliseconds = postgresqlTime("x", "text", false);
    for (const [text, iso] of [...ISO, ...[...NO_TIMES, ...NO_DAYS].map((none) => [none, null] as const)]) {
      const { rows } = await server.exec(
        `SELECT (${milliseconds})::float8 AS at FROM (VALUES ('${text}')) AS t (x)`,
      );
      expect([text, rows[0].at]).toEqual([text, iso === null ? Number.NaN : Date.parse(iso)]);
    }
  });

  it("is rejected with the name of its type if that is not a time", async () => {
    expect((await read("", ["TRUE"])).parts.gates).toMatchObject({
      failure: { message: expect.stringContaining("column acquired_at is boolean, but") },
    });
  });
});
