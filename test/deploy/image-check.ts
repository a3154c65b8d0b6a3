/**
 * Builds the image from the shipped Dockerfile and runs it as its first lines say: the service reports everything without
 * write access. Then starts the compose files with the same image. Needs root, podman, the CNI plugin dnsname, runc,
 * debootstrap and docker-compose. scripts/test-release runs it.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../support/service.ts";
import { checkCompose } from "./compose.ts";
import { expectEqual, expectFullAnswer, isOk } from "./expected-answer.ts";
import { buildImage, CHECKOUT, dockerfile, openEngine } from "./image/engine.ts";

const SECONDS = 30;
const ORCHESTRATOR_UID = 1234;

const engine = openEngine();
const { podman } = engine;
const database = mkdtempSync(join(tmpdir(), "orch-metrics-image-"));
let orchestrator: ChildProcess | undefined;
try {
  buildImage(engine);
  console.log("ok  an engine builds the Dockerfile");
  await check();
  await checkCompose(engine);
} catch (error) {
  // Before what clears up can fail for the same reason.
  console.error(error);
  process.exitCode = 1;
} finally {
  orchestrator?.kill("SIGKILL");
  engine.close();
  rmSync(database, { recursive: true, force: true });
}

async function check(): Promise<void> {
  chownSync(database, ORCHESTRATOR_UID, ORCHESTRATOR_UID);
  orchestrator = startOrchestrator();
  await eventually("the orchestrator writes", () => readdirSync(database).length === 3);
  podman(...documentedRun());
  await eventually("the service answers", () => isOk(readMetrics), SECONDS);
  await expectFullAnswer(readMetrics);
  console.log("ok  it reports everything from a database in use, its agent's process too");

  const status = readFileSync(`/proc/${inspect("{{.State.Pid}}")}/status`, "latin1");
  const value = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(status)?.[1];
  expectEqual("NoNewPrivs", value("NoNewPrivs"), "1");
  expectEqual("CapEff", value("CapEff"), "0000000000000000");
  expectEqual("uid", value("Uid"), String(ORCHESTRATOR_UID));
  // Root would be stopped by nothing but the mount itself.
  for (const place of ["/var/lib/orchestrator", "/usr", "/etc", "/home/node", "/root"])
    expectEqual(place, written(`${place}/written`), "Read-only file system");
  expectEqual("the image's own health check", podman("healthcheck", "run", "observer").trim(), "");
  console.log("ok  no file system can be written, no capability is left, and its HEALTHCHECK finds it well");

  const reader = execFileSync("pgrep", ["--parent", inspect("{{.State.Pid}}")], { encoding: "utf8" }).trim();
  const openFiles = () => execFileSync("ls", ["-l", `/proc/${reader}/fd`], { encoding: "utf8" });
  await eventually("it closes the database", () => !openFiles().includes("orchestrator.db"));
  orchestrator.kill("SIGTERM");
  await once(orchestrator, "exit");
  await eventually("a stopped database is read too", () => isOk(readMetrics), SECONDS);
  expectEqual("files", readdirSync(database), ["orchestrator.db"]);
  console.log("ok  it reports everything from the stopped database, and leaves no file beside it");

  podman("stop", "--time", "10", "observer");
  expectEqual("exit status", inspect("{{.State.ExitCode}}"), "0");
  console.log("ok  it stops on SIGTERM");
}

function startOrchestrator(): ChildProcess {
  const user = { uid: ORCHESTRATOR_UID, gid: ORCHESTRATOR_UID };
  const script = join(CHECKOUT, "test/deploy/orchestrator.ts");
  const env = { ...process.env, ORCH_DATABASE: join(database, "orchestrator.db") };
  return spawn(process.execPath, [script], { ...user, env, stdio: "inherit" });
}

/** The command in the Dockerfile's first lines, with this check's folder and name in it, at any free port. */
function documentedRun(): readonly string[] {
  const [, command = ""] = /^# docker (run (?:.*\\\n# )*.*)/m.exec(dockerfile()) ?? [];
  const words = command
    .replaceAll(/\\\n#\s*/g, "")
    .replace('"$(stat -c %u:%g FOLDER)"', `${ORCHESTRATOR_UID}:${ORCHESTRATOR_UID}`)
    .replace("FOLDER", database)
    .replace("127.0.0.1:9977:", "127.0.0.1::")
    .split(/\s+/);
  const [run = "", ...rest] = words;
  return [run, "--detach", "--name", "observer", ...rest];
}

async function readMetrics(): Promise<string> {
  const address = podman("port", "observer", "9977").trim();
  return (await fetch(`http://${address}/metrics`)).text();
}

/** The error for root that writes a file in the container's mounts. */
function written(path: string): string | undefined {
  const args = ["--target", inspect("{{.State.Pid}}"), "--mount", "--root", "touch", path];
  const { stderr } = spawnSync("nsenter", args, { encoding: "utf8" });
  return stderr.trim().split(": ").at(-1);
}

function inspect(format: string): string {
  return podman("inspect", "--format", format, "observer").trim();
}
