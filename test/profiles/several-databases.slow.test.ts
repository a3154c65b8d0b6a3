/**
 * One profile over several databases: databases of one kind, which are added up, and sections that each name
 * their database.
 */
import { symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseProfile } from "../../src/profiles/parse.ts";
import type { Profile } from "../../src/profiles/profile.ts";
import { loadProfile } from "../../src/profiles/shipped.ts";
import { namedPlaces } from "../../src/repositories/database-places.ts";
import type { Parts } from "../../src/repositories/repository.ts";
import { type NamedDatabase, severalRepository } from "../../src/repositories/several.ts";
import { openSqliteRepository } from "../../src/repositories/sqlite/open.ts";
import { createDatabase, job, run, type TestDatabase, task } from "../support/database.ts";

const BEGAN = Date.now();
const ago = (seconds: number) => new Date(BEGAN - seconds * 1000).toISOString();

const REFERENCE = loadProfile("reference", "sqlite");

function open(profile: Profile, ...databases: readonly [string, TestDatabase][]) {
  const list: NamedDatabase[] = databases.map(([name, { path }]) => ({ name, place: path }));
  const repository = severalRepository({
    profile,
    databases: () => list,
    open: (databasePath, own) => openSqliteRepository({ databasePath, profile: own, deadlineSeconds: 30 }),
    maxItems: 1000,
  });
  return { repository, list, [Symbol.asyncDispose]: () => repository.close() };
}

type Reads = Pick<ReturnType<typeof open>["repository"], "read">;

async function parts(repository: Reads, ...names: (keyof Parts)[]): Promise<Parts> {
  const snapshot = await repository.read(names);
  return Object.fromEntries(
    names.map((name) => {
      const reading = snapshot.parts[name];
      return [name, reading?.ok ? reading.value : reading?.failure];
    }),
  ) as unknown as Parts;
}

const ALL = ["stages", "queue", "runningJobs", "breakers", "gates", "agents", "cost"] as const;

const QUEUED = { available_at: ago(30), created_at: ago(3000) };

/** Inserts the same rows into one database, or alternately into two. */
function fill(...databases: readonly TestDatabase[]): void {
  for (let id = 1; id <= 12; id += 1) {
    const database = databases[id % databases.length] as TestDatabase;
    const status = ["queued", "running", "done", "failed"][id % 4] as string;
    const startedAt = { started_at: ago(1000 - id) };
    database.insert(
      "tasks",
      task(id, id % 3 === 0 ? "review" : "developing", { stage_entered_at: ago(1000 - id) }),
    );
    database.insert(
      "jobs",
      job(id, status, { task_id: id, attempts: id, max_attempts: 5, ...startedAt, ...QUEUED }),
    );
    const finished = id % 2 === 0 ? { finished_at: ago(20 - id), cost_usd: id, input_tokens: 10 * id } : {};
    database.insert(
      "agent_runs",
      run(id, { task_id: id, job_id: id, model: `m${id % 3}`, ...startedAt, ...finished }),
    );
    database.insert("circuit_breakers", {
      name: `b${id}`,
      state: "closed",
      failures: id,
      updated_at: ago(1),
    });
    database.insert("serial_gates", { scope: `g${id}`, holder_task_id: id, waiting: id });
  }
}

/** Removes the database's name and the time of the sums. */
function comparable(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, one) => {
      if (key === "historyAsOfMs") return undefined;
      if (Array.isArray(one)) return one.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
      return typeof one === "string" ? one.replace(/^(a|b)\//, "") : one;
    }),
  );
}
const keyOf = (value: unknown) => JSON.stringify(value).replaceAll(/"(a|b)\//g, '"');

describe("several databases of one kind", () => {
  it("have the figures of one with all their rows, and identifiers that name the database", async () => {
    using whole = createDatabase();
    using a = createDatabase();
    using b = createDatabase();
    fill(whole);
    fill(a, b);
    await using one = open(REFERENCE, ["only", whole]);
    await using two = open(REFERENCE, ["a", a], ["b", b]);
    const found = await parts(two.repository, ...ALL);
    expect(comparable(found)).toEqual(comparable(await parts(one.repository, ...ALL)));
    expect(found.agents.running.map(({ runId }) => runId)).toEqual([
      "b/1",
      "b/3",
      "b/5",
      "b/7",
      "b/9",
      "b/11",
    ]);
    expect(found.agents.running[0]).toMatchObject({ taskId: "b/1", jobId: "b/1", taskStage: "developing" });
    expect(found.stages.tasks.slice(0, 2).map(({ taskId }) => taskId)).toEqual(["b/1", "a/2"]);
    expect(found.gates[0]).toMatchObject({ scope: "a/g10", holderTaskId: "a/10" });
  });

  it("may appear and disappear, and the affected sections name an unreadable one", async () => {
    using a = createDatabase();
    using b = createDatabase();
    fill(a);
    await using several = open(REFERENCE, ["a", a]);
    const running = async () => (await parts(several.repository, "agents")).agents.running?.length;
    expect(await running()).toBe(6);
    b.insert("agent_runs", run(1));
    several.list.push({ name: "b", place: b.path });
    expect(await running()).toBe(7);
    several.list.push({ name: "c", place: `${b.path}.none` });
    expect(await parts(several.repository, "agents")).toMatchObject({
      agents: { code: "unavailable", message: expect.stringMatching(/^c: there is no database/) },
    });
    several.list.splice(1);
    expect(await running()).toBe(6);
  });

  it("are read all or not at all: too many or no matching files are reported", async () => {
    using a = createDatabase();
    await using several = open(REFERENCE);
    expect(await parts(several.repository, "agents")).toMatchObject({
      agents: { code: "unavailable", message: expect.stringContaining("no file matches --database yet") },
    });
    for (let index = 1; index <= 17; index += 1) several.list.push({ name: `d${index}`, place: a.path });
    expect(await parts(several.repository, "agents", "cost")).toMatchObject({
      agents: {
        code: "failed_precondition",
        message:
          "--database matches 17 databases, but the limit is 16: use a narrower pattern or fewer flags",
      },
      cost: { code: "failed_precondition" },
    });
  });

  it("get unique names, whatever their files are called", () => {
    const files = ["/a/x/board.db", "/b/x/board.db", "/b/y/board.db"];
    const named = namedPlaces(files.map((place) => ({ name: "", place })))();
    expect(named.map(({ name }) => name)).toEqual(["x", "x-2", "y"]);
    const apart = namedPlaces([
      { name: "", place: "/a/one.db" },
      { name: "mine", place: "/a/two.db" },
    ])();
    expect(apart.map(({ name }) => name)).toEqual(["one", "mine"]);
  });

  it("are named by the folder of a relative path, and never like a given name", () => {
    const unnamed = (...places: string[]) => places.map((place) => ({ name: "", place }));
    const names = (databases: readonly NamedDatabase[]) => namedPlaces(databases)().map(({ name }) => name);
    expect(names(unnamed("board.db", "x/board.db"))).toEqual([basename(process.cwd()), "x"]);
    expect(names([...unnamed("/a/one.db"), { name: "one", place: "/a/two.db" }])).toEqual(["one-2", "one"]);
    expect(() =>
      namedPlaces([
        { name: "one", place: "/a/one.db" },
        { name: "one", place: "/a/two.db" },
      ]),
    ).toThrow('--database: two databases are named "one": rename one');
  });

  it("are each read once, even if several patterns or a symbolic link lead to it", () => {
    using a = createDatabase();
    const link = join(a.directory, "link.db");
    symlinkSync(a.path, link);
    symlinkSync(join(a.directory, "nothing"), join(a.directory, "missing.db"));
    const places = (...databases: NamedDatabase[]) => namedPlaces(databases)().map(({ place }) => place);
    const all = { name: "", place: join(a.directory, "*.db") };
    expect(places(all, { name: "", place: a.path }, all)).toEqual([link, join(a.directory, "missing.db")]);
    expect(places(all, { name: "mine", place: a.path })).toEqual([join(a.directory, "missing.db"), a.path]);
  });

  it("are named in the error of a profile's detection too", async () => {
    using a = createDatabase();
    await using several = open(REFERENCE, ["a", a]);
    several.list.push({ name: "b", place: `${a.path}.none` });
    expect(await several.repository.fits([REFERENCE])).toMatchObject({
      failure: { message: expect.stringMatching(/^b: there is no database/) },
    });
  });

  it("report what the profile does not map in the words of a single database", async () => {
    using a = createDatabase();
    await using several = open(parseProfile("empty", "-- dialect: sqlite"), ["a", a]);
    expect(await parts(several.repository, "runningJobs", "breakers")).toMatchObject({
      runningJobs: { message: "the profile maps no running jobs" },
      breakers: { message: "the profile maps no circuit breakers" },
    });
  });

  it("change the source epoch together", async () => {
    using a = createDatabase();
    using b = createDatabase();
    await using several = open(REFERENCE, ["a", a], ["b", b]);
    const epoch = async () => (await several.repository.read(["stages"])).sourceEpoch;
    b.insert("tasks", task(5, "review"));
    const before = await epoch();
    expect(await epoch()).toBe(before);
    b.connection.exec("DELETE FROM tasks");
    expect(await epoch()).not.toBe(before);
  });
});

describe("sections that name their database", () => {
  const profile = parseProfile(
    "split",
    `-- dialect: sqlite
-- name: stages
-- database: state
SELECT CAST(id AS TEXT) AS task_id, work_item, stage, stage_entered_at AS entered_at, title FROM tasks
-- name: agents
-- database: runs
SELECT CAST(id AS TEXT) AS run_id, NULL AS task_id, agent, model, pid, host, started_at, heartbeat_at
FROM agent_runs WHERE finished_at IS NULL`,
  );

  it("are read from it, with unchanged identifiers", async () => {
    using state = createDatabase({
      schema: "CREATE TABLE tasks (id INTEGER, work_item, stage, stage_entered_at, title)",
    });
    using runs = createDatabase();
    state.insert("tasks", { id: 1, work_item: "w", stage: "review", stage_entered_at: ago(5), title: "t" });
    runs.insert("agent_runs", run(7));
    await using several = open(profile, ["state", state], ["runs", runs]);
    const { stages, agents } = await parts(several.repository, "stages", "agents");
    expect(stages.tasks[0]?.taskId).toBe("1");
    expect(agents.running[0]?.runId).toBe("7");
  });

  it("report which database is missing", async () => {
    using runs = createDatabase();
    await using several = open(profile, ["runs", runs]);
    expect(await parts(several.repository, "stages", "agents")).toMatchObject({
      stages: {
        code: "failed_precondition",
        message: "no database is named state: add --database state=PATH",
      },
      agents: { total: 0 },
    });
  });
});
