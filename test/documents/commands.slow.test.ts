/**
 * Every command in README and docs/ works when it is pasted. Each `sh` block runs in its own shell, in a network namespace
 * where the demo serves at the documented ports, with the documented files. A block succeeds if it exits with 0, or if it
 * keeps running and an address that it printed responds. A block that is not run has a comment before it that gives the
 * reason: `<!-- not run: why -->`.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { environment } from "../support/program.ts";
import { requires } from "../support/requires.ts";
import { eventually } from "../support/service.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const DEMO = ["http://127.0.0.1:9977/ready", "http://127.0.0.1:9978/ready"];

/** What a reader replaces in a command. RUN, TASK and ID stay: the command runs without a match. */
const PLACES: Readonly<Record<string, string>> = {
  FILE: "./orchestrator.db",
  HOST: "127.0.0.1",
  TARGET: "demo",
  PID: "1",
  NAME_OF_THE_PROGRAM: "systemd",
};

/** Words in blocks that are not run, with what they need. */
const NOT_HERE: Readonly<Record<string, string>> = {
  perf: "profiles with rights of the kernel",
  journalctl: "a machine that systemd booted",
  tmux: "a terminal of its user",
  grpcurl: "no Debian package",
  go_out: "Go",
  python_out: "test/clients/python/run makes these stubs",
  pgpass: "a PostgreSQL of its user",
  "umask 027": "a certificate of its user",
  "--cacert": "a certificate of its user",
  "--unix-socket": "a socket of its user",
  "/srv/a.db": "databases of its user",
  "kanban/boards": "databases of its user",
  "slack-url-file": "a receiver of its user",
  "docker run": "a container engine: test/deploy/image-check.ts runs it",
  "npm ci": "a clone: .ci/run runs it",
  npx: "the package's name, from a registry",
  pstree: "a process of its user",
  "/proc/PID": "a process of its user",
  "-p PID": "a process of its user",
  "sid= -p PID": "a process of its user",
  NAME_OF_THE_PROGRAM: "a program of its user",
};

interface Block {
  readonly place: string;
  readonly text: string;
}

const blocks: readonly Block[] = ["README.md", ...globSync("docs/**/*.md", { cwd: ROOT }).sort()].flatMap(
  (file) => {
    const lines = readFileSync(join(ROOT, file), "utf8").split("\n");
    return lines.flatMap((line, index) => {
      if (line !== "```sh") return [];
      if (/^<!-- not run: .+ -->$/.test(lines[index - 1] ?? "")) return [];
      const text = lines.slice(index + 1, lines.indexOf("```", index + 1)).join("\n");
      if (Object.keys(NOT_HERE).some((word) => text.includes(word))) return [];
      return [{ place: `${file}:${index + 1}`, text }];
    });
  },
);

const hasNamespaces =
  process.getuid?.() === 0 && spawnSync("unshare", ["--net", "ip", "link", "set", "lo", "up"]).status === 0;

describe("the commands in the documents", requires(hasNamespaces, "root, util-linux and iproute2"), () => {
  let folder: string;
  let demo: ChildProcess;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
    mkdirSync(join(folder, "bin"));
    for (const program of ["orch-metrics", "orch-watchdog"]) {
      symlinkSync(join(ROOT, `bin/${program}.js`), join(folder, "bin", program));
    }
    for (const name of ["proto", "deploy", "demo"]) symlinkSync(join(ROOT, name), join(folder, name));
    files();
    demo = spawn("unshare", ["--net", "sh", "-c", "ip link set lo up && exec orch-metrics demo"], {
      cwd: folder,
      env: shellEnvironment(),
      stdio: "ignore",
    });
    await eventually(
      "the demo is ready",
      () => DEMO.every((url) => inNamespace(`curl -sf ${url}`).status === 0),
      60,
    );
  }, 90_000);
  afterAll(() => {
    demo?.kill("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  });

  it("are found", () => expect(blocks.length).toBeGreaterThan(20));

  it.each(blocks.map(({ place, text }) => [place, text] as const))("%s", (place, text) => {
    const filled = text.replace(/\b[A-Z][A-Z_]+\b/g, (word) => PLACES[word] ?? word);
    const isLasting = /orch-metrics\S* (up|serve|demo)\b|^orch-watchdog --target|--watch$/m.test(filled);
    // init writes a new file; check reads an existing one.
    const profile = join(folder, "mine.sql");
    if (text.includes("--output")) rmSync(profile, { force: true });
    else copyFileSync(join(ROOT, "examples/own-profile/queue.sql"), profile);
    // A program that keeps running gets its own network namespace, because the demo uses its ports.
    const run = isLasting ? lasting(filled) : inNamespace(filled);
    expect(run.status, `${place}\n${filled}\n${run.stdout}${run.stderr}`).toBe(0);
  });

  const shellEnvironment = () => ({
    ...environment({
      HOME: folder,
      RPC: "http://127.0.0.1:9977/orchestrator.metrics.v1.MetricsService/GetMetrics",
    }),
    PATH: [
      join(folder, "bin"),
      dirname(process.execPath),
      join(ROOT, "node_modules/.bin"),
      process.env.PATH,
    ].join(":"),
  });

  function inNamespace(script: string) {
    const args = [
      "--target",
      String(demo.pid),
      "--net",
      "--wd=.",
      "bash",
      "-e",
      "-o",
      "pipefail",
      "-c",
      script,
    ];
    return spawnSync("nsenter", args, {
      cwd: folder,
      env: shellEnvironment(),
      encoding: "utf8",
      timeout: 60_000,
    });
  }

  /** Succeeds once an address that the script prints responds, or once it has printed what it found. */
  function lasting(script: string) {
    const port = /orch-watchdog|orch-metrics up/.test(script) ? 9978 : 9977;
    const wait = script.includes("--watch")
      ? "until grep -q '^ok' said; do sleep 0.1; kill -0 $! || { cat said; exit 1; }; done"
      : `until curl -sf http://127.0.0.1:${port}/health >/dev/null; do sleep 0.1; kill -0 $! || { cat said; exit 1; }; done`;
    const whole = `ip link set lo up\n{ ${script}\n} >said 2>&1 &\n${wait}\nkill $(jobs -p); pkill -P $! || true`;
    const args = ["--net", "--pid", "--fork", "--kill-child", "bash", "-c", whole];
    return spawnSync("unshare", args, {
      cwd: folder,
      env: shellEnvironment(),
      encoding: "utf8",
      timeout: 60_000,
    });
  }

  /** The files that the documents name. */
  function files(): void {
    const schema = readFileSync(join(ROOT, "demo/schema.sql"), "utf8");
    const queue = readFileSync(join(ROOT, "examples/own-profile/schema.sql"), "utf8");
    for (const [name, text] of [
      ["orchestrator.db", schema],
      ["queue.db", queue],
      ["app.db", queue],
    ] as const) {
      const database = new Database(join(folder, name));
      database.exec(text);
      database.close();
    }
    mkdirSync(join(folder, ".claude/projects"), { recursive: true });
    writeFileSync(join(folder, "read.py"), "");
  }
});
