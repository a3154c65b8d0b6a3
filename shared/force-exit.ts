/** More than anything takes that does not hang. */
const PATIENCE_MILLISECONDS = 1_000;

/**
 * Ends the process a little later if it does not end by itself. Call it when everything is done: Node waits at exit for a
 * thread that waits for a file system that does not answer, or for a pipe that nobody reads.
 */
export function forceExit(): void {
  setTimeout(() => process.kill(process.pid, "SIGKILL"), PATIENCE_MILLISECONDS).unref();
}
