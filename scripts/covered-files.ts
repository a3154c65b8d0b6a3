/**
 * `node scripts/covered-files.ts`: lists the project's files that one `GET /metrics` after a commit enters, in the
 * serving and in the reader process, by V8's precise coverage. The aim is at most 45.
 *
 * It uses Node's inspector in both processes. SIGUSR1 opens it in the reader process at its default port, which must
 * be free on this machine.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { createFixture } from "../bench/fixture.ts";
import { processTree } from "../bench/programs.ts";

const ROOT = new URL("..", import.meta.url).href;
const READER_INSPECTOR = "http://127.0.0.1:9229/json/list";
/** Enough scrapes that nothing is done for the first time afterwards, and the history is verified. */
const SCRAPES_BEFORE = 20;

interface Coverage {
  /** For each loaded script: how often each function was entered since the last call. */
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
  }[];
}

interface Inspected extends Disposable {
  /** Resolves with the files that were entered since the last call. */
  entered(): Promise<readonly string[]>;
}

using fixture = createFixture({ rows: 1_000 });
const database = new Database(fixture.path);
const { service, port, inspector } = await startService();
try {
  const url = `http://127.0.0.1:${port}/metrics`;
  await scrape(url);
  process.kill(processTree(service.pid as number)[1] as number, "SIGUSR1");
  using serving = await inspect(inspector);
  using reading = await inspect(await readerInspector());
  for (let count = 0; count < SCRAPES_BEFORE; count += 1) {
    commit();
    await scrape(url);
  }
  await serving.entered();
  await reading.entered();
  commit();
  await scrape(url);
  const files = {
    serving: await serving.entered(),
    reading: await reading.entered(),
  };
  for (const [name, entered] of Object.entries(files))
    console.log(`${name}: ${entered.length} files\n${entered.map((file) => `  ${file}`).join("\n")}\n`);
  console.log(`${new Set([...files.serving, ...files.reading]).size} files in all`);
} finally {
  service.kill();
  await once(service, "exit");
  database.close();
}

async function startService() {
  const program = new URL("../bin/orch-metrics.js", import.meta.url).pathname;
  const service = spawn(
    process.execPath,
    ["--inspect=127.0.0.1:0", program, "serve", "--database", fixture.path, "--port", "0"],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let log = "";
  for await (const chunk of service.stderr) {
    log += chunk;
    const inspector = /ws:\S+/.exec(log)?.[0];
    const port = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(log)?.[1];
    if (inspector && port) return { service, port, inspector };
  }
  throw new Error(log);
}

async function scrape(url: string): Promise<void> {
  const answer = await fetch(url, { headers: { connection: "close" } });
  await answer.text();
}

function commit(): void {
  database.exec(
    "UPDATE agent_runs SET output_tokens = 1 + COALESCE(output_tokens, 0) WHERE finished_at IS NULL",
  );
}

async function readerInspector(): Promise<string> {
  for (;;) {
    try {
      const [target] = (await (await fetch(READER_INSPECTOR)).json()) as { webSocketDebuggerUrl: string }[];
      if (target) return target.webSocketDebuggerUrl;
    } catch {}
    await sleep(50);
  }
}

/** Uses the Chrome DevTools protocol: chromedevtools.github.io/devtools-protocol/v8/Profiler. */
async function inspect(address: string): Promise<Inspected> {
  const socket = new WebSocket(address);
  await once(socket, "open");
  let lastId = 0;
  async function call(method: string, params: object = {}): Promise<unknown> {
    const id = ++lastId;
    socket.send(JSON.stringify({ id, method, params }));
    for (;;) {
      const [{ data }] = (await once(socket, "message")) as [MessageEvent];
      const message = JSON.parse(data);
      if (message.id === id) return message.result;
    }
  }
  await call("Profiler.enable");
  await call("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  return {
    async entered() {
      const { result } = (await call("Profiler.takePreciseCoverage")) as Coverage;
      return result
        .filter(({ url }) => url.startsWith(ROOT) && !url.includes("/node_modules/"))
        .filter(({ functions }) => functions.some(({ ranges }) => (ranges[0]?.count ?? 0) > 0))
        .map(({ url }) => url.slice(ROOT.length))
        .toSorted();
    },
    // A process that is being inspected does not exit.
    [Symbol.dispose]: () => socket.close(),
  };
}
