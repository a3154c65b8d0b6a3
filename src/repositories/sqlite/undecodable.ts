/**
 * Texts that are not valid UTF-8, which SQLite stores as written. Both libraries decode invalid bytes to U+FFFD, so that
 * different texts become equal. These columns are read again as bytes, and each invalid byte is shown as `\\xe9`.
 */
import type { Cells } from "../sql/columns.ts";

/** Returns the columns that contain U+FFFD, whether stored or as a replacement. */
export function undecodable(rows: readonly Cells[]): readonly string[] {
  const isGarbled = (value: unknown) => typeof value === "string" && value.includes("\uFFFD");
  return Object.keys(rows[0] ?? {}).filter((name) => rows.some((row) => isGarbled(row[name])));
}

export function withBytes(sql: string, columns: readonly string[]): string {
  return `SELECT *, ${columns.map((name) => `CAST(${name} AS BLOB) AS ${name}_bytes`)} FROM (\n${sql}\n)`;
}

export function decoded(row: Cells, columns: readonly string[]): Cells {
  const texts = columns.filter((name) => typeof row[name] === "string");
  return { ...row, ...Object.fromEntries(texts.map((name) => [name, legible(row[`${name}_bytes`])])) };
}

/** A sequence of two to four bytes (RFC 3629, section 4), or a single byte beyond ASCII, which is invalid. */
const BEYOND_ASCII =
  /[\xc2-\xdf][\x80-\xbf]|(?:\xe0[\xa0-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]|\xed[\x80-\x9f])[\x80-\xbf]|(?:\xf0[\x90-\xbf]|[\xf1-\xf3][\x80-\xbf]|\xf4[\x80-\x8f])[\x80-\xbf]{2}|[\x80-\xff]/g;

function legible(bytes: unknown): string {
  const text = (found: string) => Buffer.from(found, "latin1").toString();
  return Buffer.from(bytes as Uint8Array)
    .toString("latin1")
    .replace(BEYOND_ASCII, (found) =>
      found.length === 1 ? `\\x${found.charCodeAt(0).toString(16)}` : text(found),
    );
}
