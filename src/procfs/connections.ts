/** TCP connections of a process tree: proc_pid_net(5), net/tcp. The descriptors show which of them belong to the tree. */
import { closeSync, existsSync, openSync, readlinkSync, readSync } from "node:fs";
import { readSockets } from "./descriptors.ts";
import type { Connections } from "./process.ts";
import { ifReadable } from "./process-files.ts";

/**
 * For so long, what was read is valid. The kernel walks its whole connection table for each reading, which takes 5 ms on a
 * machine with 16 GiB, and the descriptors of a tree are read one by one.
 */
const VALID_MILLISECONDS = 10_000;
/** In that time. */
const MOST_NAMESPACES = 8;
/** Of a table, about 7,000 connections. A longer one, as on a busy proxy, would delay requests. */
const MOST_BYTES = 1024 * 1024;

const ESTABLISHED = "01";
/** The timer of a connection that retransmits. */
const RETRANSMIT = "01";

interface Connection {
  /** Address and port in the kernel's format. */
  readonly local: string;
  readonly remote: string;
  readonly hasUnread: boolean;
  readonly hasUnsent: boolean;
  readonly retransmits: boolean;
}

interface Table {
  readonly readAtMs: number;
  /** Established connections by the inode of their socket. */
  readonly byInode: ReadonlyMap<string, Connection>;
}

/**
 * Returns a function for the connections of the processes with these folders. `identity` is that of the first. Undefined if
 * they cannot be read. Throws on resource exhaustion. `now` returns milliseconds since the epoch.
 */
export function connectionReader(now: () => number) {
  const tables = new Map<string, Table>();
  const known = new Map<string, Connections | undefined>();
  let validUntil = 0;

  /** Undefined if too many namespaces were read. Throws the system's error. */
  function tableOf(folder: string): Table | undefined {
    const namespace = readlinkSync(`${folder}/ns/net`);
    const before = tables.get(namespace);
    if (before || tables.size >= MOST_NAMESPACES) return before;
    // A kernel without IPv6 lacks the second.
    const paths = [`${folder}/net/tcp`, `${folder}/net/tcp6`].filter((path) => existsSync(path));
    const table = { readAtMs: now(), byInode: new Map(paths.flatMap((path) => [...established(path)])) };
    tables.set(namespace, table);
    return table;
  }

  /** Throws the system's error. */
  function fresh(folders: readonly string[]): Connections | undefined {
    // By inode, since a child also has its parent's descriptors.
    const open = new Map<string, Connection>();
    let readAtMs = now();
    for (const folder of folders) {
      const sockets = readSockets(folder);
      if (sockets.length === 0) continue;
      const table = tableOf(folder);
      if (!table) return undefined;
      readAtMs = table.readAtMs;
      for (const inode of sockets) {
        const connection = table.byInode.get(inode);
        if (connection) open.set(inode, connection);
      }
    }
    const found = [...open.values()];
    const ends = new Set(found.map(({ local, remote }) => `${local} ${remote}`));
    // Excludes connections between two processes of the tree, of which both ends are in it.
    const outward = found.filter(({ local, remote }) => !ends.has(`${remote} ${local}`));
    return {
      established: outward.length,
      withUnreadBytes: outward.filter(({ hasUnread }) => hasUnread).length,
      withUnsentBytes: outward.filter(({ hasUnsent }) => hasUnsent).length,
      retransmitting: outward.filter(({ retransmits }) => retransmits).length,
      readAtMs,
    };
  }

  return (folders: readonly string[], identity: string): Connections | undefined => {
    if (performance.now() >= validUntil) {
      validUntil = performance.now() + VALID_MILLISECONDS;
      tables.clear();
      known.clear();
    }
    if (!known.has(identity))
      known.set(
        identity,
        ifReadable(() => fresh(folders)),
      );
    return known.get(identity);
  };
}

/**
 * Parses lines `sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode`. Throws the
 * system's error.
 */
function* established(path: string): Generator<[inode: string, connection: Connection]> {
  for (const line of bounded(path).split("\n")) {
    const [, local = "", remote = "", state, queues = "", timer = "", retransmits = "", , , inode = ""] = line
      .trim()
      .split(/\s+/);
    if (state !== ESTABLISHED) continue;
    const [unsent = "", unread = ""] = queues.split(":");
    yield [
      inode,
      {
        local,
        remote,
        hasUnread: Number.parseInt(unread, 16) > 0,
        hasUnsent: Number.parseInt(unsent, 16) > 0,
        retransmits: timer.startsWith(`${RETRANSMIT}:`) && Number.parseInt(retransmits, 16) > 0,
      },
    ];
  }
}

/** Reads the file. Throws the system's error, or RangeError if it is too long. */
function bounded(path: string): string {
  const descriptor = openSync(path, "r");
  try {
    const buffer = Buffer.allocUnsafe(64 * 1024);
    let text = "";
    for (let bytes = -1; bytes !== 0; ) {
      bytes = readSync(descriptor, buffer);
      text += buffer.toString("latin1", 0, bytes);
      if (text.length > MOST_BYTES) throw new RangeError("the table of connections is too long");
    }
    return text;
  } finally {
    closeSync(descriptor);
  }
}
