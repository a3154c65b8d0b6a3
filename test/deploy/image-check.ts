/**
 * The image, built by a container engine from the Dockerfile as it is shipped and run as its first lines say: the service
 * tells everything where it may write nothing. It needs root's rights, podman, runc and debootstrap. Run by scripts/test-release.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually } from "../support/service.ts";
import { expectEqual, expectFullAnswer, isOk } from "./expected-answer.ts";

const SECONDS = 30;
const ORCHESTRATOR_UID = 1234;
const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url));
const NPM_SETTINGS = join(homedir(), ".npmrc");

const folder = mkdtempSync("/var/tmp/orch-metrics-image-");
const database = mkdtempSync(join(tmpdir(), "orch-metrics-image-"));
let orchestrator: ChildProcess | undefined;
try {
  build();
  await check();
} catch (error) {
  // Before what clears up can fail for the same reason.
  console.error(error);
  process.exitCode = 1;
} finally {
  orchestrator?.kill("SIGKILL");
  podman("rm", "--all", "--force");
  podman("rmi", "--all", "--force");
  for (const each of [folder, database]) rmSync(each, { recursive: true, force: true });
}

function build(): void {
  const root = join(folder, "base");
  execFileSync(join(CHECKOUT, "test/deploy/image/base"), [root, process.execPath], { stdio: "inherit" });
  const [, base = ""] = /^FROM (\S+)$/m.exec(dockerfile()) ?? [];
  execFileSync("tar", ["-C", root, "-cf", `${root}.tar`, "."]);
  podman(
    "import",
    "--change",
    "ENV NODE_EXTRA_CA_CERTS=/etc/machine-trusts.crt",
    `${root}.tar`,
    `localhost/${base}`,
  );
  const settings = existsSync(NPM_SETTINGS) ? ["--volume", `${NPM_SETTINGS}:/root/.npmrc:ro`] : [];
  podman(
    ...["build", "--format", "docker", "--network", "host", "--pull=never", ...settings],
    ...["--file", join(CHECKOUT, "deploy/Dockerfile"), "--tag", "orch-metrics", exported()],
  );
  console.log("ok  an engine builds the Dockerfile");
}

/** The committed files alone, as a clone has them. */
function exported(): string {
  const source = join(folder, "source");
  mkdirSync(source);
  const archive = execFileSync("git", ["-C", CHECKOUT, "archive", "HEAD"], { maxBuffer: 2 ** 28 });
  execFileSync("tar", ["-C", source, "-x"], { input: archive });
  return source;
}

async function check(): Promise<void> {
  chownSync(database, ORCHESTRATOR_UID, ORCHESTRATOR_UID);
  orchestrator = startOrchestrator();
  await eventually("the orchestrator writes", () => readdirSync(database).length === 3);
  podman(...documentedRun());
  await eventually("the service answers", () => isOk(readMetrics), SECONDS);
  await expectFullAnswer(readMetrics);
  console.log("ok  it tells all of a database in use, its agent's process too");

  const status = readFileSync(`/proc/${inspect("{{.State.Pid}}")}/status`, "latin1");
  const value = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(status)?.[1];
  expectEqual("NoNewPrivs", value("NoNewPrivs"), "1");
  expectEqual("CapEff", value("CapEff"), "0000000000000000");
  expectEqual("uid", value("Uid"), String(ORCHESTRATOR_UID));
  // Root would be stopped by nothing but the mount itself.
  for (const place of ["/var/lib/orchestrator", "/usr", "/etc", "/home/node", "/root"])
    expectEqual(place, written(`${place}/written`), "Read-only file system");
  expectEqual("the image's own look at its health", podman("healthcheck", "run", "observer").trim(), "");
  console.log("ok  no file system can be written, no capability is left, and its HEALTHCHECK finds it well");

  const openFiles = () =>
    execFileSync("ls", ["-l", `/proc/${inspect("{{.State.Pid}}")}/fd`], { encoding: "utf8" });
  await eventually("it closes the database", () => !openFiles().includes("orchestrator.db"));
  orchestrator.kill("SIGTERM");
  await once(orchestrator, "exit");
  await eventually("a stopped database is read too", () => isOk(readMetrics), SECONDS);
  expectEqual("files", readdirSync(database), ["orchestrator.db"]);
  console.log("ok  it tells all of the stopped database, and leaves no file beside it");

  podman("stop", "--time", "10", "observer");
  expectEqual("exit status", inspect("{{.State.ExitCode}}"), "0");
  console.log("ok  it stops when it is told to");
}

function startOrchestrator(): ChildProcess {
  const user = { uid: ORCHESTRATOR_UID, gid: ORCHESTRATOR_UID };
  const script = join(CHECKOUT, "test/deploy/orchestrator.ts");
  const env = { ...process.env, ORCH_DATABASE: join(database, "orchestrator.db") };
  return spawn(process.execPath, [script], { ...user, env, stdio: "inherit" });
}

function dockerfile(): string {
  return readFileSync(join(CHECKOUT, "deploy/Dockerfile"), "utf8");
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

/** What root is told that writes a file in the container's mounts. */
function written(path: string): string | undefined {
  const args = ["--target", inspect("{{.State.Pid}}"), "--mount", "--root", "touch", path];
  const { stderr } = spawnSync("nsenter", args, { encoding: "utf8" });
  return stderr.trim().split(": ").at(-1);
}

function inspect(format: string): string {
  return podman("inspect", "--format", format, "observer").trim();
}

/** With storage of its own, so that nothing stays on the machine. Throws with what podman says. */
function podman(...args: readonly string[]): string {
  const storage = ["--root", join(folder, "storage"), "--runroot", join(folder, "run")];
  const runtime = ["--runtime", join(CHECKOUT, "test/deploy/image/runtime"), "--cgroup-manager", "cgroupfs"];
  const { status, stdout, stderr } = spawnSync("podman", [...storage, ...runtime, ...args], {
    encoding: "utf8",
  });
  if (status !== 0)
    throw new Error(`podman ${args.join(" ")}: ${stdout.slice(-2_000)}${stderr.slice(-2_000)}`);
  return stdout;
}
