/**
 * What shows, without a lock or a query, that nothing was committed: of a stopped database the version of its file; of
 * one in WAL mode the header of its wal-index, which each commit makes another one and by which SQLite itself tells
 * whether what it has read still holds (sqlite.org/walformat.html, 2.1).
 */
import { readSync } from "node:fs";
import type { Location } from "./location.ts";

export interface Seen {
  /** To be compared alone. */
  readonly text: string;
  /** The database's, with symbolic links resolved. */
  readonly path: string;
  /** By which this process has the wal-index open; undefined for a stopped database. */
  readonly indexDescriptor: number | undefined;
}

/** The header stands there twice, so that whoever reads it in the middle of a commit finds two that differ. */
const HEADER_BYTES = 48;
const headers = Buffer.alloc(2 * HEADER_BYTES);

/**
 * Undefined where nothing can be told: a commit is just being made, or the files beside the database do not fit the
 * descriptor. To be called before a reading: a commit in between then makes what was read newer than what was seen.
 */
export function look(location: Location, indexDescriptor: number | undefined): Seen | undefined {
  const { hasWal, hasShm, identity, version, path } = location;
  if (indexDescriptor === undefined)
    return hasWal || hasShm ? undefined : { text: version, path, indexDescriptor };
  const header = hasWal && hasShm ? readHeader(indexDescriptor) : undefined;
  return header === undefined ? undefined : { text: `${identity}:${header}`, path, indexDescriptor };
}

function readHeader(descriptor: number): string | undefined {
  try {
    if (readSync(descriptor, headers, 0, headers.length, 0) < headers.length) return undefined;
  } catch {
    // The connection was closed, and its descriptor with it.
    return undefined;
  }
  const isWhole = headers.compare(headers, HEADER_BYTES, 2 * HEADER_BYTES, 0, HEADER_BYTES) === 0;
  return isWhole ? headers.toString("latin1", 0, HEADER_BYTES) : undefined;
}
