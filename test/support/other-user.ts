/** Runs a script as the user nobody, to test a service of another user. Requires root. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requires } from "./requires.ts";

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
export const NOBODY = 65534;

/** For tests that switch users and mount. */
export const AS_NOBODY = requires(
  process.getuid?.() === 0 && spawnSync("unshare", ["-m", "true"]).status === 0,
  "root, outside a container that forbids it to mount",
);

/**
 * Runs an ES module in its own mount namespace and returns its output, parsed as JSON. The project is mounted
 * where nobody can read it, wherever it is stored, and `project` is its URL there. `prepare` is shell code
 * that runs first as root. With `user` root the script stays root.
 */
export function runInNamespace(
  script: (project: string) => string,
  { prepare = "true", user = "nobody" }: { prepare?: string; user?: "nobody" | "root" } = {},
): unknown {
  const seen = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
  chmodSync(seen, 0o755);
  const node = process.execPath.startsWith(ROOT) ? process.execPath.replace(ROOT, seen) : process.execPath;
  const become = user === "nobody" ? `setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups` : "";
  const command = `mount --bind '${ROOT}' '${seen}' && cd / && ${prepare} && exec ${become} "$0" --input-type=module -e "$1"`;
  const { stdout, stderr } = spawnSync(
    "unshare",
    ["-m", "sh", "-c", command, node, script(`file://${seen}`)],
    {
      encoding: "utf8",
    },
  );
  rmSync(seen, { recursive: true });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as unknown;
}

export interface ThroughNobody extends Disposable {
  /** For `startProgram`. */
  readonly through: readonly string[];
}

/**
 * Makes `startProgram` start the service as the user nobody, with the project mounted where nobody can read
 * it.
 */
export function throughNobody(): ThroughNobody {
  const seen = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
  chmodSync(seen, 0o755);
  const script = `mount --bind '${ROOT}' '${seen}' && cd / || exit 1
    program="${seen}\${1#${ROOT}}"; shift
    case "$0" in '${ROOT}'*) node="${seen}\${0#${ROOT}}";; *) node=$0;; esac
    exec setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups "$node" "$program" "$@"`;
  return {
    through: ["unshare", "--mount", "sh", "-c", script],
    [Symbol.dispose]: () => rmSync(seen, { recursive: true }),
  };
}
