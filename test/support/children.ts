/** Child processes of a test, each in its own process group, which end with the test. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { afterEach } from "vitest";

export type Started = ChildProcess & { readonly pid: number };

/**
 * Returns a function that starts one. After each test of the file they are killed with everything they
 * started.
 */
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
