/**
 * Reads JSON and JSONL files in batches. What was read is not read again unless the file is replaced or truncated.
 * Only the values that the profile names are kept.
 */
import { closeSync, constants, fstatSync, globSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import type { FileColumn, FileTable } from "../../../profiles/file-tables.ts";

export type FileValue = string | number | null;

/** One row: the values of the table's columns, in their order. */
export interface FileRow {
  readonly line: number;
  readonly values: readonly FileValue[];
}

export interface KnownFile {
  readonly path: string;
  /** Device and inode. */
  identity: string;
  size: number;
  modifiedMs: number;
  /** The number of bytes read. */
  offset: number;
  lines: number;
}

/** The number of files of a table that are read, the most recently changed first. */
const MOST_FILES = 2_000;
/** A longer line or JSON file is ignored. */
const LONGEST_BYTES = 1024 * 1024;
/** A longer text is null. */
const LONGEST_TEXT = 16 * 1024;

/** Returns the files that match a glob, most recently changed first. Throws the system's error if the folder cannot be read. */
export function findFiles(folder: string, glob: string): readonly KnownFile[] {
  const found = globSync(glob, { cwd: folder }).flatMap((name): KnownFile[] => {
    const path = join(folder, name);
    const file = statOf(path);
    if (!file?.isFile()) return [];
    const { dev, ino, size, mtimeMs } = file;
    return [{ path, identity: `${dev}:${ino}`, size, modifiedMs: mtimeMs, offset: 0, lines: 0 }];
  });
  return found.toSorted((a, b) => b.modifiedMs - a.modifiedMs).slice(0, MOST_FILES);
}

/** Undefined for a file that is gone, or a symbolic link without a target. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

export function isJsonLines({ glob }: FileTable): boolean {
  return glob.endsWith(".jsonl");
}

/**
 * Returns the row of a JSON file, and marks all of it as read. None if it is not valid, for example while it is being
 * written.
 */
export function readJsonFile(file: KnownFile, { columns }: FileTable): readonly FileRow[] {
  file.offset = file.size;
  if (file.size > LONGEST_BYTES) return [];
  // Some editors and shells write a byte order mark.
  const text = readPiece(file.path, 0)
    .toString("utf8")
    .replace(/^\uFEFF/, "");
  const values = valuesOf(text, columns);
  return values ? [{ line: 1, values }] : [];
}

/** Returns the rows of the next complete lines of a batch, and advances the file's offset. */
export function readLines(file: KnownFile, { columns, unique }: FileTable): readonly FileRow[] {
  const key = columns.findIndex(({ name }) => name === unique);
  // If there is a key, a line without it is of another kind.
  const isTelling = (value: FileValue, index: number) => value !== null && (key < 0 || index === key);
  const piece = readPiece(file.path, file.offset);
  const end = piece.lastIndexOf(NEWLINE) + 1;
  if (end === 0) {
    // A line longer than a batch is skipped in parts. The rest of it is not valid JSON.
    if (piece.length === LONGEST_BYTES) file.offset += LONGEST_BYTES;
    return [];
  }
  file.offset += end;
  const rows: FileRow[] = [];
  // Goes line by line, since a text as long as the batch would stay in memory until the next full collection.
  for (let from = 0; from < end; ) {
    const to = piece.indexOf(NEWLINE, from);
    file.lines += 1;
    const values = valuesOf(piece.toString("utf8", from, to), columns);
    if (values?.some(isTelling)) rows.push({ line: file.lines, values });
    from = to + 1;
  }
  return rows;
}

const NEWLINE = "\n".charCodeAt(0);

/** Shared by all batches, since a new one for each would stay in memory until the next collection. */
let buffer: Buffer | undefined;

/** Reads only from regular files, since a FIFO would wait for a writer. The result is valid until the next call. */
function readPiece(path: string, offset: number): Buffer {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(descriptor).isFile()) return Buffer.alloc(0);
    buffer ??= Buffer.allocUnsafeSlow(LONGEST_BYTES);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, LONGEST_BYTES, offset));
  } finally {
    closeSync(descriptor);
  }
}

function valuesOf(text: string, columns: readonly FileColumn[]): readonly FileValue[] | undefined {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return undefined;
  }
  return columns.map(({ keys }) => {
    const value = keys.reduce<unknown>(
      (at, key) =>
        typeof at === "object" && at !== null && Object.hasOwn(at, key) ? at[key as never] : undefined,
      content,
    );
    if (typeof value === "boolean") return Number(value);
    if (typeof value === "number") return value;
    return typeof value === "string" && value.length <= LONGEST_TEXT ? value : null;
  });
}
