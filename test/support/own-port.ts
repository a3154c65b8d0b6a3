/**
 * Ports for programs that cannot choose one themselves. They lie below those that the kernel gives for port 0, so that
 * none of these is taken between the end of a server and its next start. Each process begins at another one.
 */

const LOWEST = 10_000;
const PORTS_OF_A_PROCESS = 20;
const PROCESSES = 1_000;

let last = LOWEST + (process.pid % PROCESSES) * PORTS_OF_A_PROCESS - 1;

/** Never the same twice. Another program may listen there all the same: then take the next. */
export function nextOwnPort(): number {
  last += 1;
  return last;
}
