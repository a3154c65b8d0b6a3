/**
 * Ports for programs that cannot choose one themselves. They are below those that the kernel assigns for port
 * 0, so that none is taken between the end of a server and its next start. Each process starts with a
 * different one.
 */

const LOWEST = 10_000;
const PORTS_OF_A_PROCESS = 20;
const PROCESSES = 1_000;

let last = LOWEST + (process.pid % PROCESSES) * PORTS_OF_A_PROCESS - 1;

/** Returns a port never returned before. Another program may still use it: then take the next. */
export function nextOwnPort(): number {
  last += 1;
  return last;
}
