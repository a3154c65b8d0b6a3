/**
 * Examines the database's path with stat(2) and access(2). Only `isWalFile` opens the file, since closing any
 * descriptor of it drops all of this process's locks (sqlite.org/howtocorrupt.html, 2.2).
 */
import { accessSync, closeSync, constants, openSync, readSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { type Mount, readMounts } from "../../procfs/mountinfo.ts";
import { SourceError } from "../source-failure.ts";

export interface Location {
  /** The path with symbolic links resolved, since SQLite derives the name of the -wal file from the path it is given. */
  readonly path: string;
  /** Device and inode. They change if the file is replaced. */
  readonly identity: string;
  /** Changes when the file itself is written. A write to the -wal file does not change it. */
  readonly version: string;
  readonly ownerUid: number;
  readonly hasWal: boolean;
  readonly hasShm: boolean;
}

/** Throws the system's error if nothing exists there, and SourceError if it is not a file. */
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

/** Throws SourceError that names the first of the three files that this user cannot read. */
export function refuseUnreadable({ path, hasWal, hasShm }: Location): void {
  const files: [string, string, boolean][] = [
    [path, "the database file", true],
    [`${path}-wal`, "the database's -wal file", hasWal],
    [`${path}-shm`, "the database's -shm file", hasWal && hasShm],
  ];
  for (const [file, what, needed] of files) {
    if (needed && !allowed(file, constants.R_OK)) {
      throw SourceError.of("permission_denied", `this user cannot read ${what}: allow it to read the file`);
    }
  }
}

/**
 * Whether both files exist: an orchestrator in WAL mode is running, or was killed. Opening the database then creates nothing.
 */
export function isLive({ hasWal, hasShm }: Location): boolean {
  return hasWal && hasShm;
}

/** Throws if there is a -wal without a -shm file, which SQLite would have to create. */
export function refuseHalfWal({ hasWal, hasShm }: Location): void {
  if (!hasWal || hasShm) return;
  throw SourceError.of(
    "unavailable",
    "the database has a -wal file but no -shm file: it can be read once the orchestrator opens it without locking_mode=EXCLUSIVE",
  );
}

/**
 * Whether the database is in WAL mode: the file format's read version, at offset 19 of the header, is 2
 * (sqlite.org/fileformat.html, 1.3). Call it only while no library has the file open.
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
 * Refuses a user who could do harm: one who can create files next to the database but is not its owner. SQLite may
 * then leave a -shm file that the orchestrator cannot write to, which stops all of its writes. Root is safe, since
 * SQLite gives such files to the database's owner.
 */
export function refuseHarmfulUser({ path, ownerUid }: Location, uid = process.getuid?.() ?? 0): void {
  if (uid === 0 || uid === ownerUid || !allowed(dirname(path), constants.W_OK)) return;
  throw SourceError.of(
    "failed_precondition",
    "this user is not the database's owner but can write to its folder, where SQLite could leave files that stop " +
      "the orchestrator from writing: run as the owner, or revoke write access to the folder",
  );
}

/** Whether the file itself is a mount point, so that its -wal and -shm files next to the original are not visible. */
export function isMountPoint(path: string, mounts: readonly Mount[] = readMounts()): boolean {
  return mounts.some(({ point }) => point === path);
}

export function refuseLoneFile({ path }: Location): void {
  if (!isMountPoint(path)) return;
  throw SourceError.of(
    "failed_precondition",
    "only the database file is mounted, without the -wal file that holds its newest rows: mount its folder",
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
