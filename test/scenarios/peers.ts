/** The servers that the scenarios contact, in one process: programs/servers.mjs. */
import type { Processes } from "./processes.ts";

const SERVERS = new URL("./programs/servers.mjs", import.meta.url).pathname;

/** How often a peer pings, and when the slow ones respond. */
const PING_SECONDS = 15;
const ANSWER_SECONDS = 900;

/** Ports. */
export interface Peers {
  readonly web: number;
  readonly http2: number;
  readonly echo: number;
  /** Nothing listens on it. */
  readonly closed: number;
}

export async function startPeers(processes: Processes, paced: (seconds: number) => number): Promise<Peers> {
  const line = await processes.firstLine(
    process.execPath,
    SERVERS,
    String(paced(PING_SECONDS)),
    String(paced(ANSWER_SECONDS)),
  );
  return JSON.parse(line) as Peers;
}
