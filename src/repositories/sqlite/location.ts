/**
 * What lies at the database's path, by stat(2) and access(2). Only `isWalFile` opens the file: closing any descriptor of it
 * drops all of this process's locks (sqlite.org/howtocorrupt.html, 2.2).
 */
import { accessSync, closeSync, constants, openSync, readSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { type Mount, readMounts } from "../../procfs/mountinfo.ts";
import { SourceError } from "../source-failure.ts";

export interface Location {
  /** With symbolic links resolved: SQLite names the -wal after the path it was given. */
  readonly path: string;
  /** Device and inode: another one means that the file was replaced. */
  readonly identity: string;
  /** Another one wherever the file itself was written; what a -wal holds does not show in it. */
  readonly version: string;
  readonly ownerUid: number;
  readonly hasWal: boolean;
  readonly hasShm: boolean;
}

/** Throws the system's error if nothing is there, and a SourceError for what is not a file. */
export function locate(databasePath: string): Location {
  const path = realpathSync.native(databasePath);
  const file = statSync(path, { bigint: true });
  if (!file.isFile()) {
    throw SourceError.of(
      "failed_precondition",
      file.isDirectory()
        ? "the path is a directory, not a database file"
        : "the path is not a regular file: use a database file",
    );
  }
  return {
    path,
    identity: `${file.dev}:${file.ino}`,
    version: `${file.dev}:${file.ino}:${file.size}:${file.mtimeNs}`,
    ownerUid: Number(file.uid),
    hasWal: exists(`${path}-wal`),
    hasShm: exists(`${path}-shm`),
  };
}

/** Throws a SourceError that names the first of the three files that this user may not read. */
export function refuseUnreadable({ path, hasWal, hasShm }: Location): void {
  const files: [string, string, boolean][] = [
    [path, "the database file", true],
    [`${path}-wal`, "the database's -wal file", hasWal],
    [`${path}-shm`, "the database's -shm file", hasWal && hasShm],
  ];
  for (const [file, what, needed] of files) {
    if (needed && !allowed(file, constants.R_OK)) {
      throw SourceError.of("permission_denied", `this user may not read ${what}`);
    }
  }
}

/** Both files beside it: an orchestrator in WAL mode runs, or was killed. Opening it then creates nothing. */
export function isLive({ hasWal, hasShm }: Location): boolean {
  return hasWal && hasShm;
}

/** To read a -wal without its -shm, SQLite would have to create one. */
export function refuseHalfWal({ hasWal, hasShm }: Location): void {
  if (!hasWal || hasShm) return;
  throw SourceError.of(
    "unavailable",
    "the database has a -wal file but no -shm file: it can be read again once the orchestrator has opened it",
  );
}

/**
 * The file format's read version, at offset 19 of the header, is 2 for WAL: sqlite.org/fileformat.html, 1.3. Call it only
 * while no library has the file open.
 */
export function isWalFile(path: string): boolean {
  const header = Buffer.alloc(20);
  const descriptor = openSync(path, "r");
  try {
    return (
      readSync(descriptor, header, 0, 20, 0) === 20 &&
      header.toString("latin1", 0, 15) === "SQLite format 3" &&
      header[19] === 2
    );
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Refuses a reader that could harm: one that may create files beside the database as another user than its
 * owner. SQLite may then leave a -shm file that the orchestrator cannot write, and with it the orchestrator
 * can write nothing at all. Root is harmless: SQLite gives such files the database's owner.
 */
export function refuseHarmfulUser({ path, ownerUid }: Location, uid = process.getuid?.() ?? 0): void {
  if (uid === 0 || uid === ownerUid || !allowed(dirname(path), constants.W_OK)) return;
  throw SourceError.of(
    "failed_precondition",
    "this user is not the database's owner but may write its folder, where SQLite could leave files that stop " +
      "the orchestrator from writing: run as the owner, or take away the right to write the folder",
  );
}

/** Whether the file itself is a mount point: its -wal and -shm, beside the original, are then out of sight. */
export function isMountPoint(path: string, mounts: readonly Mount[] = readMounts()): boolean {
  return mounts.some(({ point }) => point === path);
}

export function refuseLoneFile({ path }: Location): void {
  if (!isMountPoint(path)) return;
  throw SourceError.of(
    "failed_precondition",
    "only the database file is mounted here, without the -wal file that holds its newest rows: mount its folder",
  );
}

export function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function allowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
