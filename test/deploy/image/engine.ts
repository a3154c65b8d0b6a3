/** podman with temporary storage, and the image that it builds. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const CHECKOUT = fileURLToPath(new URL("../../..", import.meta.url));
const NPM_SETTINGS = join(homedir(), ".npmrc");

export interface Engine {
  /** The folder for a check's files. */
  readonly folder: string;
  /** The program, then the arguments that precede a command. */
  readonly command: readonly string[];
  /** Runs a podman command. Throws an error with its output. */
  podman(this: void, ...args: readonly string[]): string;
  close(): void;
}

export function openEngine(): Engine {
  const folder = mkdtempSync("/var/tmp/orch-metrics-image-");
  const storage = ["--root", join(folder, "storage"), "--runroot", join(folder, "run")];
  const runtime = ["--runtime", join(CHECKOUT, "test/deploy/image/runtime"), "--cgroup-manager", "cgroupfs"];
  const command = ["podman", ...storage, ...runtime, "--network-backend", "cni"];
  const podman = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync("podman", [...command.slice(1), ...args], {
      encoding: "utf8",
    });
    if (status !== 0)
      throw new Error(`podman ${args.join(" ")}: ${stdout.slice(-2_000)}${stderr.slice(-2_000)}`);
    return stdout;
  };
  return {
    folder,
    command,
    podman,
    close() {
      podman("rm", "--all", "--force");
      podman("rmi", "--all", "--force");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Builds the image `orch-metrics` from the committed files, on a Debian base named like the Dockerfile's base image. */
export function buildImage({ folder, podman }: Engine): void {
  const root = join(folder, "base");
  execFileSync(join(CHECKOUT, "test/deploy/image/base"), [root, process.execPath], { stdio: "inherit" });
  const [, base = ""] = /^ARG NODE_IMAGE=(\S+)$/m.exec(dockerfile()) ?? [];
  execFileSync("tar", ["-C", root, "-cf", `${root}.tar`, "."]);
  const certificates = ["--change", "ENV NODE_EXTRA_CA_CERTS=/etc/machine-trusts.crt"];
  podman("import", ...certificates, `${root}.tar`, `localhost/${base}`);
  const settings = existsSync(NPM_SETTINGS) ? ["--volume", `${NPM_SETTINGS}:/root/.npmrc:ro`] : [];
  podman(
    ...["build", "--format", "docker", "--network", "host", "--pull=never", ...settings],
    ...["--file", join(CHECKOUT, "deploy/Dockerfile"), "--tag", "orch-metrics", exported(folder)],
  );
}

/** Exports the committed files, as in a clone. */
function exported(folder: string): string {
  const source = join(folder, "source");
  mkdirSync(source);
  const archive = execFileSync("git", ["-C", CHECKOUT, "archive", "HEAD"], { maxBuffer: 2 ** 28 });
  execFileSync("tar", ["-C", source, "-x"], { input: archive });
  return source;
}

export function dockerfile(): string {
  return readFileSync(join(CHECKOUT, "deploy/Dockerfile"), "utf8");
}
