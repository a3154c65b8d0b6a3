/**
 * Reads JSON and JSONL files a piece at a time: what was read is not read again unless the file was replaced or cut. Nothing of
 * a file is kept but the values that the profile names.
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
  /** How far it was read. */
  offset: number;
  lines: number;
}

export interface FileBounds {
  /** The files of a table that are read, those that changed last. */
  readonly files: number;
  /** A line, or a JSON file, that is longer is left out. */
  readonly lineBytes: number;
  readonly textBytes: number;
}

export const FILE_BOUNDS: FileBounds = { files: 2_000, lineBytes: 1024 * 1024, textBytes: 16 * 1024 };

/** The files that a glob finds now, those that changed last first. Throws the system's error if the folder cannot be read. */
export function findFiles(folder: string, glob: string, { files }: FileBounds): readonly KnownFile[] {
  const found = globSync(glob, { cwd: folder }).flatMap((name): KnownFile[] => {
    const path = join(folder, name);
    const file = statOf(path);
    if (!file?.isFile()) return [];
    const { dev, ino, size, mtimeMs } = file;
    return [{ path, identity: `${dev}:${ino}`, size, modifiedMs: mtimeMs, offset: 0, lines: 0 }];
  });
  return found.toSorted((a, b) => b.modifiedMs - a.modifiedMs).slice(0, files);
}

/** Undefined for what is gone, or is a link that leads nowhere or in a circle. */
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

/** The row of a JSON file; undefined if it is none now, since it is being written, for example. */
export function readJsonFile(
  file: KnownFile,
  { columns }: FileTable,
  bounds: FileBounds,
): FileRow | undefined {
  if (file.size > bounds.lineBytes) return undefined;
  const text = readPiece(file.path, 0, bounds.lineBytes).toString("utf8");
  const values = valuesOf(text, columns, bounds);
  return values && { line: 1, values };
}

/** The rows of the next whole lines of at most so many bytes; moves the file's offset behind them. */
export function readLines(
  file: KnownFile,
  { columns, unique }: FileTable,
  bytes: number,
  bounds: FileBounds,
): readonly FileRow[] {
  const key = columns.findIndex(({ name }) => name === unique);
  // A line without the key, if there is one, is of another kind.
  const isTelling = (value: FileValue, index: number) => value !== null && (key < 0 || index === key);
  const piece = readPiece(file.path, file.offset, bytes);
  const end = piece.lastIndexOf(NEWLINE) + 1;
  if (end === 0) {
    // A line that is longer than a piece is skipped a piece at a time; its rest is no JSON.
    if (piece.length === bytes) file.offset += bytes;
    return [];
  }
  file.offset += end;
  const rows: FileRow[] = [];
  // Line by line: a text as long as a piece would stand in memory until the next full collection.
  for (let from = 0; from < end; ) {
    const to = piece.indexOf(NEWLINE, from);
    file.lines += 1;
    const values = valuesOf(piece.toString("utf8", from, to), columns, bounds);
    if (values?.some(isTelling)) rows.push({ line: file.lines, values });
    from = to + 1;
  }
  return rows;
}

const NEWLINE = "\n".charCodeAt(0);

/** One for all pieces: a new one for each would stand in memory until the next collection. */
let buffer = Buffer.alloc(0);

/** Of a regular file alone: a FIFO would wait for a writer. Valid until the next one is read. */
function readPiece(path: string, offset: number, bytes: number): Buffer {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(descriptor).isFile()) return Buffer.alloc(0);
    if (buffer.length < bytes) buffer = Buffer.allocUnsafeSlow(bytes);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, bytes, offset));
  } finally {
    closeSync(descriptor);
  }
}

function valuesOf(
  text: string,
  columns: readonly FileColumn[],
  { textBytes }: FileBounds,
): readonly FileValue[] | undefined {
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
    return typeof value === "string" && value.length <= textBytes ? value : null;
  });
}
