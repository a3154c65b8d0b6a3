/**
 * A file system that can be made to hang, like a network file system: bindfs shows a folder at another path
 * through FUSE, and while its process is stopped all requests wait.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../support/service.ts";

export interface StallingFileSystem extends AsyncDisposable {
  /** The mount point. */
  readonly folder: string;
  /** Creates a folder in it for files that are removed with it. */
  newFolder(): string;
  /** Leaves all requests to it unanswered while `work` runs, including those of this process. */
  stalledWhile<T>(work: () => Promise<T>): Promise<T>;
}

/** Mounting requires root, and the programs of CI. */
export const canStall = process.getuid?.() === 0 && existsSync("/dev/fuse") && existsSync("/usr/bin/bindfs");

export async function mountStalling(): Promise<StallingFileSystem> {
  const original = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
  const folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
  const mark = join(original, "mounted");
  writeFileSync(mark, "");
  // The kernel caches nothing but pages: every lookup of a name or file goes to the process.
  const options = "attr_timeout=0,entry_timeout=0,negative_timeout=0";
  const server = spawn("bindfs", ["-f", "-o", options, original, folder], { stdio: "ignore" });
  await eventually("it is mounted", () => existsSync(join(folder, "mounted")));
  rmSync(mark);
  return {
    folder,
    newFolder: () => mkdtempSync(join(folder, "folder-")),
    async stalledWhile(work) {
      server.kill("SIGSTOP");
      try {
        return await work();
      } finally {
        server.kill("SIGCONT");
      }
    },
    async [Symbol.asyncDispose]() {
      const ended = once(server, "exit");
      spawnSync("umount", ["-l", folder]);
      server.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true });
      rmSync(original, { recursive: true });
    },
  };
}
