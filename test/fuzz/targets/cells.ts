/**
 * Cells of every SQLite type in every column of every section, in a real file written by another connection
 * and read through the service by a client. An error affects only its own section, and all others are
 * returned.
 */
import assert from "node:assert";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fromBinary, fromJsonString } from "@bufbuild/protobuf";
import fc from "fast-check";
import {
  type GetMetricsResponse,
  GetMetricsResponseSchema,
  mountMetrics,
  openSqliteRepository,
  parseProfile,
} from "../../../src/index.ts";
import { sectionErrors } from "../../../src/metrics/section.ts";
import { CONTRACT, type Column, type SectionName, STATUSES } from "../../../src/profiles/contract.ts";
import { LONGEST_NAME_BYTES } from "../../../src/repositories/sql/result-size.ts";
import { createDatabase } from "../../support/database.ts";
import type { FuzzTarget, Started } from "../target.ts";

type Cell = string | number | bigint | Buffer | null;

/** Part of each text and blob. No error may repeat it. */
const MARK = "planted-secret";

const cells: fc.Arbitrary<Cell> = fc.oneof(
  fc.constant(null),
  fc.constantFrom(0n, 1n, -1n, 7n, 2n ** 31n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n), 253_402_300_800_000n),
  fc.constantFrom(0.5, -0.5, -0, 3, 1e300, Infinity, -Infinity),
  fc.constantFrom(
    "",
    MARK,
    `1 ${MARK}`,
    `'"; DROP TABLE stages; -- ${MARK}`,
    `${MARK}\u0000\u001b[2J`,
    "constructor",
    "__proto__",
  ),
  fc.constantFrom(
    "\ud800",
    "é".repeat(3000) + MARK,
    "é".repeat(LONGEST_NAME_BYTES / 2) + MARK,
    "queued",
    "2026-01-31T12:00:00.000Z",
    "1e5",
    "0x10",
    "NULL",
  ),
  fc.constantFrom(Buffer.alloc(0), Buffer.from(MARK), Buffer.from([0xff, 0, 0xfe])),
);

const columnsOf = (section: SectionName): readonly Column[] => [
  ...CONTRACT[section].columns,
  ...CONTRACT[section].optional,
];
const SECTIONS = Object.keys(CONTRACT) as SectionName[];

/**
 * History row by row, the source's own sums, and `jobs` for the whole queue. A profile may have only one of
 * them.
 */
const BY_SOURCE: readonly SectionName[] = ["jobs", "queue_counts", "queue_retries", "cost"];
const BY_ROWS: readonly SectionName[] = ["jobs", "job_history", "run_history"];
const IN_PARTS: readonly SectionName[] = [
  "job_history",
  ...BY_SOURCE.slice(1),
  "queue_ages",
  "queue_running",
];

const LEFT = [BY_SOURCE, BY_ROWS, IN_PARTS];

const profileWithout = (left: readonly SectionName[]) =>
  parseProfile(
    "fuzz",
    `-- dialect: sqlite\n${SECTIONS.filter((name) => !left.includes(name))
      .map((name) => `-- name: ${name}\nSELECT ${columnsOf(name).map((column) => column.name)} FROM ${name}`)
      .join("\n")}\n`,
  );

/** No type is declared, so that each cell keeps its type (sqlite.org/datatype3.html, section 3.1). */
const TABLES = SECTIONS.map(
  (name) => `CREATE TABLE ${name} (${columnsOf(name).map((column) => column.name)})`,
).join(";");
const INDEXES = ["jobs", "job_history", "run_history"]
  .map((name) => `CREATE INDEX ${name}_keys ON ${name} (${name === "run_history" ? "run" : "job"}_key)`)
  .join(";");

function okCell({ name, type }: Column, row: number): Cell {
  if (name === "status") return STATUSES[row % STATUSES.length] as string;
  if (name.endsWith("_at_ms")) return 1_769_860_800_000n + BigInt(row);
  return type === "text" ? `${name} ${row}` : type === "flag" ? BigInt(row % 2) : BigInt(row + 1);
}

/** The parts of the envelope that a section may fail. None: its data is omitted, or determines an epoch. */
const BREAKS: Readonly<Record<SectionName, string | undefined>> = {
  stages: "stages",
  jobs: "queue",
  queue_counts: "queue",
  queue_retries: "queue",
  queue_ages: "queue",
  queue_running: "queue.running",
  job_history: "queue",
  breakers: "queue.breakers",
  gates: "queue.gates",
  agents: "agents",
  agent_task_stages: undefined,
  agent_job_statuses: undefined,
  finished_runs: undefined,
  cost: "cost",
  run_history: "cost",
  epoch: undefined,
};

/**
 * Sections whose every cell is checked individually, so that there is an error if and only if a cell is
 * wrong.
 */
const PLAIN: readonly SectionName[] = ["stages", "queue_running", "breakers", "gates", "agents"];
/** A number that is out of range for its field is omitted if the column is nullable. */
function isAccepted({ name, type, nullable }: Column, cell: Cell): boolean {
  if (cell === null) return nullable || type === "pid";
  if (type === "text")
    return typeof cell === "string" && (name === "title" || Buffer.byteLength(cell) <= LONGEST_NAME_BYTES);
  return nullable || type === "pid" || type === "code" || type === "flag";
}

const KNOWN_ERRORS = [
  /^column [a-z_]+ holds (NULL|nothing|a blob|text|an infinite number|a negative number|a fraction|a whole number|a number beyond 2\^53), but [a-z0-9 ]+ is expected(: use lower\(hex\([a-z_]+\)\))?$/,
  /^column [a-z_]+ holds a text of more than 16 KiB, which is not truncated because it identifies something: shorten it in the orchestrator or the profile$/,
  /^column status holds a word other than [a-z, ]+: map it to "other"$/,
  /^is_open of [a-z_]+ is NULL in \d rows$/,
  /^(the|a) [a-z' ]+ is out of range: a count must fit 32 bits$/,
];

const CELLS = 24;
/** These have one row each, with fewer cells. */
const ONE_ROW: readonly SectionName[] = ["queue_ages", "queue_retries"];
const rowsOf = (section: SectionName) =>
  ONE_ROW.includes(section) ? 1 : Math.ceil(CELLS / columnsOf(section).length);

/** One section with hostile cells among valid ones. */
const inputs = fc.constantFrom(...SECTIONS).chain((section) =>
  fc.record({
    section: fc.constant(section),
    rows: fc.array(
      fc.tuple(
        ...columnsOf(section).map((column) =>
          fc.option(cells, { freq: column.type === "flag" ? 9 : 3, nil: undefined }),
        ),
      ),
      { minLength: rowsOf(section), maxLength: rowsOf(section) },
    ),
  }),
);

export const sqliteCells: FuzzTarget = {
  name: "sqlite-cells",
  inputsPerRun: CELLS,
  async start() {
    const database = createDatabase({ schema: `${TABLES}; ${INDEXES}` });
    const { connection } = database;
    const inserts = Object.fromEntries(
      SECTIONS.map((name) => [
        name,
        connection.prepare(`INSERT INTO ${name} VALUES (${columnsOf(name).map(() => "?")})`),
      ]),
    );
    const unexpected: string[] = [];
    const onUnexpected = (where: string, error: unknown) => unexpected.push(`${where}: ${error}`);
    const services = LEFT.map((left) =>
      mountMetrics({
        repository: openSqliteRepository({
          databasePath: database.path,
          profile: profileWithout(left),
          deadlineSeconds: 120,
          onUnexpected: (error) => onUnexpected("database", error),
        }),
        onUnexpected,
      }),
    );
    const servers = services.map(({ handler }) => createServer(handler).listen(0, "127.0.0.1"));
    await Promise.all(servers.map((server) => once(server, "listening")));
    const urls = servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`);

    const write = connection.transaction((hostile: SectionName, rows: readonly (readonly Cell[])[]) => {
      for (const section of SECTIONS) {
        connection.exec(`DELETE FROM ${section}`);
        const written =
          section === hostile
            ? rows
            : (ONE_ROW.includes(section) ? [0] : [0, 1]).map((row) =>
                columnsOf(section).map((one) => okCell(one, row)),
              );
        for (const cellsOfRow of written) inserts[section]?.run(...cellsOfRow);
      }
    });

    const property = fc.asyncProperty(inputs, async ({ section, rows: given }) => {
      const columns = columnsOf(section);
      const rows = given.map((row, at) =>
        row.map((cell, column) => (cell === undefined ? okCell(columns[column] as Column, at) : cell)),
      );
      write(section, rows);
      const isOk = rows.every((row) => row.every((cell, at) => isAccepted(columns[at] as Column, cell)));
      for (const [index, left] of LEFT.entries()) {
        if (left.includes(section)) continue;
        const envelopes = await askUntilCurrent(urls[index] as string, BREAKS[section]);
        assert.deepEqual(unexpected.splice(0), []);
        for (const envelope of envelopes) {
          for (const [name, error] of sectionErrors(envelope)) {
            const mayBreak = name === BREAKS[section] || (section === "jobs" && name === "queue.running");
            assert(mayBreak || !error, `${section} broke ${name}: ${error?.message}`);
            if (mayBreak && PLAIN.includes(section))
              assert.equal(error === undefined, isOk, `${name}: ${error?.message ?? "sound"}`);
            if (!error) continue;
            assert.equal(error.code, "data_loss", error.message);
            assert(
              KNOWN_ERRORS.some((known) => known.test(error.message)),
              error.message,
            );
          }
        }
      }
    });
    return {
      property: property as unknown as Started["property"],
      async close() {
        for (const server of servers) server.close().closeAllConnections();
        for (const service of services) await service.close();
        database[Symbol.dispose]();
      },
    };
  },
};

/**
 * Sums of history may be those of the previous run until they are due again. On a slow machine they are read
 * less often.
 */
async function askUntilCurrent(
  url: string,
  mayBreak: string | undefined,
): Promise<readonly GetMetricsResponse[]> {
  const isStale = ([name, error]: ReturnType<typeof sectionErrors>[number]) =>
    error !== undefined && name !== mayBreak && (name === "queue" || name === "cost");
  const patience = Date.now() + 20_000;
  for (;;) {
    const envelopes = await ask(url);
    if (Date.now() > patience || !envelopes.some((envelope) => sectionErrors(envelope).some(isStale)))
      return envelopes;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Returns the same envelope from JSON and from binary. Also expects both texts for Prometheus. */
async function ask(url: string): Promise<readonly GetMetricsResponse[]> {
  const json = await get(`${url}/metrics`);
  const binary = await get(
    `${url}/orchestrator.metrics.v1.MetricsService/GetMetrics?encoding=proto&message=&connect=v1`,
  );
  for (const format of ["prometheus", "openmetrics"]) await get(`${url}/metrics?format=${format}`);
  return [
    fromJsonString(GetMetricsResponseSchema, await json.text()),
    fromBinary(GetMetricsResponseSchema, await binary.bytes()),
  ];
}

async function get(url: string): Promise<Response> {
  const response = await fetch(url);
  if (response.status !== 200) assert.fail(`${response.status}: ${await response.text()}`);
  return response;
}
