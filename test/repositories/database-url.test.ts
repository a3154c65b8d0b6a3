/**
 * Values of `--database` as other programs' settings contain them: what each refers to, or why it is
 * rejected.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { OperatorError } from "../../shared/operator-error.ts";
import { parseNamedDatabase } from "../../src/repositories/database-places.ts";
import { parseDatabase } from "../../src/repositories/database-url.ts";
import { parsePostgresqlUrl } from "../../src/repositories/postgresql/url.ts";

const home = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
const there = join(home, "a b.db");
mkdirSync(join(home, ".codex"));
for (const file of [there, join(home, ".codex/state_5.sqlite"), join(home, ".codex/state_6.sqlite")])
  writeFileSync(file, "");
afterAll(() => rmSync(home, { recursive: true, force: true }));

const SECRET = "s3cr3t";

/** Returns the one-line error. Expects that it shows neither a secret nor a secret parameter's value. */
function refusal(of: () => unknown): string {
  let accepted: unknown;
  try {
    accepted = of();
  } catch (error) {
    expect(error).toBeInstanceOf(OperatorError);
    const { message } = error as Error;
    expect(message).not.toMatch(/\n|s3cr3t/);
    return message;
  }
  throw new Error(`it is accepted: ${accepted}`);
}

describe("a SQLite file", () => {
  it.each([
    ["queue.db", "queue.db"],
    ["./a:b.db", "./a:b.db"],
    ["state:1.db", "state:1.db"],
    ["C:\\orchestrator\\queue.db", "C:\\orchestrator\\queue.db"],
    ["'/var/lib/orchestrator.db'\n", "/var/lib/orchestrator.db"],
    ["~/orchestrator.db", `${home}/orchestrator.db`],
    ["sqlite:x.db", "x.db"],
    ["sqlite:/var/lib/x.db", "/var/lib/x.db"],
    ["sqlite3:db/x.sqlite3", "db/x.sqlite3"],
    ["sqlite://x.db?mode=rwc", "x.db"],
    ["sqlite://data/x.db", "data/x.db"],
    ["sqlite:///x.db", "x.db"],
    ["SQLite:///x.db", "x.db"],
    ["sqlite+aiosqlite:///./x.db", "./x.db"],
    ["sqlite+pysqlite:////var/lib/x.db?timeout=5&check_same_thread=false", "/var/lib/x.db"],
    ["sqlite:///file:x.db?mode=ro&uri=true", "x.db"],
    ["sqlite:///a%20b.db", "a b.db"],
    ["sqlite:///100%.db", "100%.db"],
    // SQLAlchemy's relative path does not exist, but the absolute one does.
    [`sqlite://${there.replace(" ", "%20")}`, there],
    [`sqlite://${there}`, there],
    ["sqlite:///package.json", "package.json"],
    ["file:x.db", "x.db"],
    ["file:./dev.db?connection_limit=1&socket_timeout=3", "./dev.db"],
    ["file:/var/lib/x.db", "/var/lib/x.db"],
    ["FILE:///var/lib/x%20y.db?immutable=1&mode=ro&cache=shared", "/var/lib/x y.db"],
    ["file://localhost/var/lib/x.db#part", "/var/lib/x.db"],
  ])("may be given as %s", (given, expected) => {
    expect(parseDatabase(given, home)).toBe(expected);
  });

  it.each([
    [":memory:", "is an in-memory database"],
    ["sqlite://", "is an in-memory database"],
    ["sqlite:///:memory:", "is an in-memory database"],
    ["sqlite::memory:", "is an in-memory database"],
    ["sqlite+aiosqlite://", "is an in-memory database"],
    ["file::memory:?cache=shared", "is an in-memory database"],
    ["file:jobs?mode=memory&cache=shared", "is an in-memory database"],
    ["file://otherhost/x.db", "another host"],
    ["file://x.db", "another host"],
    [`sqlite+pysqlcipher://:${SECRET}@/x.db`, "another host"],
    ["file:x.db?vfs=unix-dotfile", "vfs= is not supported"],
    [`file:x.db?key=${SECRET}`, "key= is not supported"],
    ["~/.codex/state_*.sqlite", "/.codex/state_5.sqlite"],
    ["sqlite:///~/.codex/state_[0-9].sqlite", "/.codex/state_6.sqlite"],
    ["state_?.sqlite", "the path of one file"],
    ["/**/state_5.sqlite", "the path of one file"],
    ["$HOME/state.sqlite", "variable"],
    [`\${XDG_STATE_HOME}/state.sqlite`, "variable"],
    ["~somebody/state.sqlite", "the path of one file"],
  ])("may not be given as %s", (given, expected) => {
    expect(refusal(() => parseDatabase(given, home))).toContain(expected);
  });

  it("may have any name if it exists", () => {
    const odd = join(home, "state_[*].sqlite");
    writeFileSync(odd, "");
    expect(parseDatabase(odd, home)).toBe(odd);
  });
});

describe("a glob of SQLite files", () => {
  it("may begin with the home folder, and be named", () => {
    expect(parseNamedDatabase("~/.codex/*.sqlite")).toEqual([
      { name: "", place: `${homedir()}/.codex/*.sqlite` },
    ]);
    expect(parseNamedDatabase("codex=~/.codex/*.sqlite")[0]?.place).toBe(`${homedir()}/.codex/*.sqlite`);
  });
});

describe("a URL of another system", () => {
  const SUPPORTED = "is not supported: use a file, postgres://ROLE@HOST/DATABASE or sqlite:FILE";
  it.each([
    [`mysql://app:${SECRET}@db/app`, `"mysql://…@db/app" ${SUPPORTED}`],
    [`MySQL+pymysql://app:${SECRET}?x@db/app`, `"MySQL+pymysql://…@db/app" ${SUPPORTED}`],
    [`mongodb+srv://app:p#${SECRET}@db/app`, `"mongodb+srv://…@db/app" ${SUPPORTED}`],
    ["http://127.0.0.1:9977", `"http://127.0.0.1:9977" ${SUPPORTED}`],
    ["mssql+pyodbc://db/app?driver=x", `"mssql+pyodbc://db/app?…" ${SUPPORTED}`],
    ["libsql:x.db", `"libsql:x.db" ${SUPPORTED}`],
    [`sqlite+libsql://db.turso.io?authToken=${SECRET}`, SUPPORTED],
    [`prisma+postgres://localhost:51213/?api_key=${SECRET}`, SUPPORTED],
    ["postgres:role@db/app", SUPPORTED],
    ["pgsql:host=db;dbname=app", SUPPORTED],
    [`mysql:host=db;password=${SECRET}`, SUPPORTED],
    [`host=db dbname=app password=${SECRET}`, SUPPORTED],
    [`Server=db;Database=app;Pwd=${SECRET}`, SUPPORTED],
    ["jdbc:mysql://db/app", SUPPORTED],
    ["jdbc:postgresql://db/app?user=app", 'is not supported: use "postgresql://db/app?…"'],
    [`jdbc:postgresql://app:${SECRET}@db/app`, 'use "postgresql://…@db/app"'],
    ["r2dbc:postgresql://db/app", 'use "postgresql://db/app"'],
    ["jdbc:sqlite:/var/lib/x.db", 'use "sqlite:/var/lib/x.db"'],
  ])("is rejected: %s", (given, expected) => {
    expect(refusal(() => parseDatabase(given, home))).toContain(expected);
  });
});

describe("a PostgreSQL URL", () => {
  const parse = (url: string, env = {}) => parsePostgresqlUrl(parseDatabase(url, home), env);
  const app = { user: "role", database: "app" };

  it.each([
    "postgres://role@db/app",
    "POSTGRES://role@db/app",
    " postgresql://role@db/app\n",
    '"pgsql://role@db/app"',
    "postgresql+asyncpg://role@db/app",
    "postgresql+psycopg2://role@db:/app?connect_timeout=10&keepalives_idle=30",
    "postgres://role@db/app?pool_size=5&pool_timeout=2&connection_limit=3&pgbouncer=true&statement_cache_size=0",
    "postgres://db/app?user=role&prepared_statements=false&serverVersion=16&charset=utf8&sslmode=",
    "postgres://role@/?host=db&dbname=app&target_session_attrs=any",
  ])("may be written as %s", (url) => {
    expect(parse(url)).toMatchObject({
      servers: [{ host: "db", port: undefined }],
      client: app,
      sslmode: "prefer",
      searchPath: undefined,
    });
  });

  it("lists servers in order, with percent-encoding decoded", () => {
    expect(parse("postgres://r%40b:p%2Fw@h1:5432,[::1]:5433,h3/my%20app")).toMatchObject({
      servers: [
        { host: "h1", port: 5432 },
        { host: "::1", port: 5433 },
        { host: "h3", port: undefined },
      ],
      client: { user: "r@b", password: "p/w", database: "my app" },
    });
    expect(parse("postgres:///app?host=h1,h2&port=5433").servers).toEqual([
      { host: "h1", port: 5433 },
      { host: "h2", port: 5433 },
    ]);
    expect(parse("postgres://role@%2Fvar%2Frun%2Fpostgresql/app").servers).toEqual([
      { host: "/var/run/postgresql" },
    ]);
  });

  it.each([
    ["schema=Orch", '"Orch"'],
    ["schema=a%22b", '"a""b"'],
    ["search_path=orch,public", "orch,public"],
    ["currentSchema=orch", "orch"],
  ])("sets the search_path with %s", (query, expected) => {
    expect(parse(`postgres://db/app?${query}`).searchPath).toBe(expected);
  });

  it.each([
    ["ssl=true", "require"],
    ["ssl=false", "disable"],
    ["ssl=verify-full", "verify-full"],
    ["sslmode=no-verify", "require"],
    ["sslmode=disable&sslmode=verify-full", "verify-full"],
    ["sslrootcert=system", "verify-full"],
    ["sslrootcert=system&sslmode=verify-full", "verify-full"],
  ])("sets the sslmode with %s", (query, expected) => {
    expect(parse(`postgres://db/app?${query}`).sslmode).toBe(expected);
  });

  it.each([
    ["sslrootcert=system&sslmode=require", "sslrootcert=system needs sslmode=verify-full"],
    ["sslrootcert=system&ssl=true", "sslrootcert=system needs sslmode=verify-full"],
    ["sslmode=requre", "use disable, allow, prefer, require, verify-ca, verify-full"],
    ["sslnegotiation=direct", "needs sslmode=require"],
    ["service=app", "parameter service is not supported: use the host and the database"],
    ["passfile=/etc/pgpass", "parameter passfile is not supported: set PGPASSFILE"],
    ["target_session_attrs=leader", "use any, read-write,"],
    ["load_balance_hosts=random", "use disable"],
    ["gssencmode=require", "use disable, prefer"],
    ["replication=database", "parameter replication is not supported: remove it"],
    ["require_auth=scram-sha-256", "parameter require_auth is not supported"],
    ["options=a&ssl_mode=require", 'parameter ssl_mode is not supported (did you mean "sslmode"?)'],
    ["schema=a&search_path=b", "schema and search_path: remove one"],
    ["__proto__=1", "is not supported"],
    [`${SECRET}@db/app`, "parameter is not supported"],
  ])("is rejected with %s", (query, expected) => {
    expect(refusal(() => parse(`postgres://role@db/app?${query}`))).toContain(expected);
  });

  it.each([
    "postgres://db:port/app",
    "postgres://db:99999999/",
    "postgres://h1:1,h2:2,h3/app?port=1,2",
    "postgres://[::1/app",
    `postgres://role:${SECRET}#@db/app`,
    `postgres://role:12#${SECRET}@db/app`,
    `postgres://role:${SECRET}/w@db/app`,
    "postgres://role@db/a%00b",
  ])("is invalid: %s", (url) => {
    expect(refusal(() => parse(url))).toMatch(/^invalid URL: use postgres:\/\/ROLE@HOST/);
  });

  it("must name its server if PGSERVICE is in the environment", () => {
    expect(refusal(() => parse("postgres:///app", { PGSERVICE: "app" }))).toContain("PGSERVICE");
    expect(parse("postgres://db/app", { PGSERVICE: "app" }).servers).toEqual([{ host: "db" }]);
    expect(parse("postgres://db/app", { PGSSLMODE: "require" }).sslmode).toBe("require");
  });
});
