/** Child processes of a test, in groups of their own, which end with it. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { afterEach } from "vitest";

export type Started = ChildProcess & { readonly pid: number };

/** A function that starts one; after each test of the file they are killed, with all that they started. */
export function startsChildren(): (
  command: string,
  args: readonly string[],
  options?: SpawnOptions,
) => Started {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) {
      try {
        process.kill(-(child.pid as number), "SIGKILL");
      } catch {
        child.kill("SIGKILL");
      }
    }
  });
  return (command, args, options = {}) => {
    const child = spawn(command, args, { detached: true, stdio: ["pipe", "pipe", "ignore"], ...options });
    children.push(child);
    return child as Started;
  };
}
