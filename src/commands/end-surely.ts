/** The end of the process, even where something of it hangs in the system. */

/** More than any of it takes that does not hang. */
const PATIENCE_MILLISECONDS = 1_000;

/**
 * To be called when all is done. A thread that waits for a file system that does not answer, or for a pipe that nobody
 * reads, cannot be ended, and Node waits for it at exit: then the process kills itself. Where nothing hangs it ends by
 * itself long before.
 */
export function endSurely(): void {
  setTimeout(() => process.kill(process.pid, "SIGKILL"), PATIENCE_MILLISECONDS).unref();
}
