/**
 * Runs the shipped units under a systemd booted in new namespaces: the service reports everything without write access and
 * restarts when it is killed, and the watchdog polls it and writes its history. The network namespace is new too, so every
 * port is free. Needs root and curl. .ci/run runs it.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually } from "../support/service.ts";
import { expectEqual, expectFullAnswer, isOk } from "./expected-answer.ts";

const SECONDS = 60;
const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url));
const DATABASE = "/var/lib/orchestrator/orchestrator.db";
/** Not the default, to show that the unit reads its environment file. */
const PORT = 9970;
const PAGE = "http://127.0.0.1:9978";

const folder = mkdtempSync(join(tmpdir(), "orch-metrics-unit-"));
writeFiles();
const machine = spawn(
  "unshare",
  [
    ...["--pid", "--fork", "--mount", "--uts", "--ipc", "--net", "--cgroup", "--kill-child"],
    ...[join(CHECKOUT, "test/deploy/unit/boot"), folder, CHECKOUT, process.execPath],
  ],
  { stdio: ["ignore", "pipe", "pipe"] },
);
let log = "";
for (const stream of [machine.stdout, machine.stderr])
  stream.on("data", (chunk: Buffer) => {
    log += chunk.toString("latin1");
  });
try {
  await check();
} catch (error) {
  console.error(log);
  throw error;
} finally {
  machine.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}

async function check(): Promise<void> {
  await eventually("the service answers", () => isOk(readMetrics), SECONDS);
  await expectFullAnswer(readMetrics);
  console.log(
    "ok  started by the unit it reports everything from a database in use, its agent's process too",
  );

  const first = mainPid();
  expectBound(first);
  console.log("ok  no file system can be written, no capability is left, and its system calls are filtered");

  await eventually("the watchdog polls it", () => isUp(), SECONDS);
  const watchdog = mainPid("orch-watchdog");
  expectBound(watchdog);
  expectEqual("uid", inMachine("stat", "-c", "%u", `/proc/${watchdog}`).trim() === "0", false);
  inMachine("test", "-s", "/var/lib/orch-watchdog/orch-watchdog/history.db");
  // A service that is polled every second keeps the database open.
  systemctl("stop", "orch-watchdog");
  console.log("ok  the watchdog, started by its unit, polls the service and writes only its history");

  const reader = inMachine("pgrep", "-P", first).trim();
  const openFiles = () => inMachine("ls", "-l", `/proc/${reader}/fd`);
  await eventually("it closes the database", () => !openFiles().includes(DATABASE));
  systemctl("stop", "orchestrator");
  await eventually("a stopped database is read too", () => isOk(readMetrics), SECONDS);
  expectEqual("files", inMachine("ls", "/var/lib/orchestrator").trim(), "orchestrator.db");
  console.log("ok  it reports everything from the stopped database, and leaves no file beside it");

  inMachine("kill", "-9", first);
  await eventually(
    "it is started again",
    async () => mainPid() !== first && (await isOk(readMetrics)),
    SECONDS,
  );
  console.log("ok  killed, it is started again");
}

function writeFiles(): void {
  const units = join(folder, "files/etc/systemd/system");
  mkdirSync(units, { recursive: true });
  mkdirSync(join(folder, "files/etc"), { recursive: true });
  mkdirSync(join(folder, "scratch"));
  for (const unit of ["orch-metrics.service", "orch-watchdog.service"])
    copyFileSync(join(CHECKOUT, "deploy/systemd", unit), join(units, unit));
  writeFileSync(join(folder, "files/etc/orch-metrics.env"), `ORCH_METRICS_PORT=${PORT}\n`);
  writeFileSync(
    join(folder, "files/etc/orch-watchdog.env"),
    `ORCH_WATCHDOG_TARGET=main=http://127.0.0.1:${PORT}\nORCH_WATCHDOG_POLL_SECONDS=1\n`,
  );
  writeFileSync(
    join(units, "orchestrator.service"),
    `[Unit]
DefaultDependencies=no
[Service]
User=orchestrator
Environment=ORCH_DATABASE=${DATABASE}
ExecStart=/usr/local/bin/node /opt/orch-metrics/test/deploy/orchestrator.ts
`,
  );
  // The unit waits for a machine that has booted, which this one never does by itself.
  for (const target of ["basic", "sysinit", "network", "network-online"])
    writeFileSync(join(units, `${target}.target`), "[Unit]\nDefaultDependencies=no\n");
  writeFileSync(
    join(units, "check.target"),
    "[Unit]\nDefaultDependencies=no\nWants=orchestrator.service orch-metrics.service orch-watchdog.service\n",
  );
}

/** Asked from within: the loopback interface is the machine's own. */
function readMetrics(): string {
  return read(`http://127.0.0.1:${PORT}/metrics`);
}

/** Returns whether the watchdog reports the service as up. */
function isUp(): boolean {
  try {
    const { targets } = JSON.parse(read(`${PAGE}/api/fleet`));
    return targets[0].state === "up";
  } catch {
    return false;
  }
}

function read(url: string): string {
  return inMachine("curl", "--silent", "--show-error", "--max-time", "10", url);
}

/** By what the kernel says of the process itself. */
function expectBound(pid: string): void {
  const status = inMachine("cat", `/proc/${pid}/status`);
  const value = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(status)?.[1];
  expectEqual("NoNewPrivs", value("NoNewPrivs"), "1");
  expectEqual("Seccomp", value("Seccomp"), "2");
  expectEqual("CapBnd", value("CapBnd"), "0000000000000000");
  // Root would be stopped by nothing but the mount itself.
  for (const place of ["/var/lib/orchestrator", "/etc", "/opt/orch-metrics", "/shared", "/home", "/root"])
    expectEqual(place, written(pid, `${place}/written`), "Read-only file system");
}

/** The error for root that writes a file where the process has its mounts. */
function written(pid: string, path: string): string | undefined {
  const [program = "", ...args] = enter("nsenter", "--target", pid, "--mount", "--root", "touch", path);
  const { stderr } = spawnSync(program, args, { encoding: "utf8" });
  return stderr.trim().split(": ").at(-1);
}

function mainPid(unit = "orch-metrics"): string {
  return systemctl("show", "--property=MainPID", "--value", unit).trim();
}

function systemctl(...args: readonly string[]): string {
  return inMachine("systemctl", ...args);
}

/** Runs a program within the namespaces and on the root of the machine that was booted. */
function inMachine(...command: readonly string[]): string {
  const [program = "", ...args] = enter(...command);
  return execFileSync(program, args, { encoding: "utf8" });
}

function enter(...command: readonly string[]): readonly string[] {
  const init = execFileSync("pgrep", ["--parent", String(machine.pid)], { encoding: "utf8" }).trim();
  return ["nsenter", "--target", init, "--all", `--root=/proc/${init}/root`, ...command];
}
