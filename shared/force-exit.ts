/** Longer than any exit takes that does not hang. */
const PATIENCE_MILLISECONDS = 1_000;

/**
 * Kills the process shortly after, if it does not end by itself. Call it when everything is done: at exit, Node waits
 * for threads that wait for an unresponsive file system, or for a pipe that is not read.
 */
export function forceExit(): void {
  setTimeout(() => process.kill(process.pid, "SIGKILL"), PATIENCE_MILLISECONDS).unref();
}
