/** TCP connections of a process tree: proc_pid_net(5), net/tcp. The descriptors show which of them belong to the tree. */
import { closeSync, openSync, readlinkSync, readSync } from "node:fs";
import { readDescriptors, socketsIn } from "./descriptors.ts";
import type { Connections } from "./process.ts";
import { ifReadable } from "./process-files.ts";

/** The kernel walks its whole connection table for each reading, which takes 5 ms on a machine with 16 GiB. */
const NAMESPACE_MILLISECONDS = 10_000;
/** For a tree that runs, since its descriptors are read one by one. */
const BUSY_TREE_MILLISECONDS = 20_000;
/** Limits per collection. */
const MOST_NAMESPACES = 8;
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
  /** Milliseconds of the monotonic clock. */
  readonly at: number;
  readonly readAtMs: number;
  /** Established connections by the inode of their socket. */
  readonly byInode: ReadonlyMap<string, Connection>;
}

interface Known {
  readonly at: number;
  readonly connections: Connections | null;
}

export interface Clocks {
  /** Milliseconds since the epoch. */
  readonly wall: () => number;
  readonly monotonic: () => number;
}

export function connectionReader({ wall, monotonic }: Clocks) {
  const tables = new Map<string, Table>();
  let known = new Map<string, Known>();
  let used = new Map<string, Known>();
  let namespacesRead = 0;

  /** Undefined if the namespace cannot be read, or too many were read. */
  function tableOf(folder: string): Table | undefined {
    const namespace = readlinkSync(`${folder}/ns/net`);
    const before = tables.get(namespace);
    if (before && monotonic() - before.at < NAMESPACE_MILLISECONDS) return before;
    if (namespacesRead >= MOST_NAMESPACES) return undefined;
    namespacesRead += 1;
    const byInode = new Map([...established(`${folder}/net/tcp`), ...established(`${folder}/net/tcp6`)]);
    const table = { at: monotonic(), readAtMs: wall(), byInode };
    tables.set(namespace, table);
    return table;
  }

  /** Throws the system's error. */
  function fresh(folders: readonly string[]): Connections | null {
    // By inode, since a child also has its parent's descriptors.
    const open = new Map<string, Connection>();
    let readAtMs = 0;
    for (const folder of folders) {
      const descriptors = readDescriptors(folder);
      if (!descriptors) return null;
      const sockets = socketsIn(descriptors);
      if (sockets.length === 0) continue;
      const table = tableOf(folder);
      if (!table) return null;
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
    const count = (holds: (one: Connection) => boolean) => outward.filter(holds).length;
    return {
      established: outward.length,
      withUnreadBytes: count(({ hasUnread }) => hasUnread),
      withUnsentBytes: count(({ hasUnsent }) => hasUnsent),
      retransmitting: count(({ retransmits }) => retransmits),
      readAtMs: readAtMs || wall(),
    };
  }

  return {
    /**
     * Returns the connections of the processes with these folders, of which the agent's is the first. `hasRun`:
     * whether one of them ran since the last collection. Null if they cannot be read. Throws on resource exhaustion.
     */
    read(folders: readonly string[], identity: string, hasRun: boolean): Connections | null {
      const before = known.get(identity);
      const age = before ? monotonic() - before.at : Number.POSITIVE_INFINITY;
      const isDue = age >= (hasRun ? BUSY_TREE_MILLISECONDS : NAMESPACE_MILLISECONDS);
      const next =
        before && !isDue
          ? before
          : { at: monotonic(), connections: ifReadable(() => fresh(folders)) ?? null };
      used.set(identity, next);
      return next.connections;
    },
    /** Ends a collection: forgets trees that were not read since the last call. */
    forgetUnused(): void {
      known = used;
      used = new Map();
      namespacesRead = 0;
      for (const [namespace, { at }] of tables) {
        if (monotonic() - at >= BUSY_TREE_MILLISECONDS) tables.delete(namespace);
      }
    },
  };
}

/**
 * Parses lines `sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode`. Throws the
 * system's error.
 */
function* established(path: string): Generator<[inode: string, connection: Connection]> {
  for (const line of bounded(path).split("\n").slice(1)) {
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

/** Reads the file. Throws the system's error, or RangeError if the table is too long. */
function bounded(path: string): string {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (error) {
    // The kernel has no IPv6.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
  try {
    const buffer = Buffer.allocUnsafe(64 * 1024);
    let text = "";
    for (;;) {
      const bytes = readSync(descriptor, buffer);
      if (bytes === 0) return text;
      text += buffer.toString("latin1", 0, bytes);
      if (text.length > MOST_BYTES) throw new RangeError("the table of connections is too long");
    }
  } finally {
    closeSync(descriptor);
  }
}
