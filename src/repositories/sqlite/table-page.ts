/**
 * Which ids lie on a page of a table, from its bytes. It is a hint where a change may have been, no proof: a page
 * may be in the middle of being written, or hold other bytes that look like one of a table. The format:
 * sqlite.org/fileformat.html, 1.6.
 */

/** A range of ids that a commit may have changed, both ends inclusive. */
export interface Hint {
  readonly from: bigint;
  readonly upTo: bigint;
  /** Columns of the rows on the page, which tells the tables apart; undefined where the page holds no rows. */
  readonly columns: number | undefined;
}

const TABLE_LEAF = 0x0d;
const TABLE_INTERIOR = 0x05;

export type Page = Buffer;

export function isInterior(page: Page): boolean {
  return page[0] === TABLE_INTERIOR;
}

/** How many ids lie between the first and the last that an interior page names; 0 for one that cannot be understood. */
export function rowsBelow(page: Page): bigint {
  const hint = hintOf(page);
  return hint ? hint.upTo - hint.from : 0n;
}

/**
 * Undefined for a page that belongs to no table, or that cannot be understood. Where an interior page's older bytes are
 * known, the hint is of what lies between the cells that stayed.
 */
export function hintOf(page: Page, before?: Page): Hint | undefined {
  const type = page[0];
  if (type !== TABLE_LEAF && type !== TABLE_INTERIOR) return undefined;
  const cells = page.readUInt16BE(3);
  if (cells === 0) return undefined;
  try {
    if (before && isInterior(before) && isInterior(page))
      return changedBetween(cellsOf(before), cellsOf(page));
    const first = readCell(page, type, pointer(page, 0));
    const last = readCell(page, type, pointer(page, cells - 1));
    // Rows that were taken off a leaf lay next to those that are left.
    const span = type === TABLE_LEAF ? last.id - first.id : 0n;
    return { from: first.id - span, upTo: last.id + span, columns: first.columns };
  } catch {
    // A page in the middle of being written: RangeError from a read beyond its end.
    return undefined;
  }
}

interface InteriorCell {
  /** The page below. */
  readonly child: number;
  /** The highest id on it. */
  readonly id: bigint;
}

function cellsOf(page: Page): readonly InteriorCell[] {
  return Array.from({ length: page.readUInt16BE(3) }, (_, index) => {
    const start = pointer(page, index);
    return { child: page.readUInt32BE(start), id: readVarint(page, start + 4).value };
  });
}

function changedBetween(before: readonly InteriorCell[], after: readonly InteriorCell[]): Hint | undefined {
  const all = [...before, ...after].map(({ id }) => id);
  const isSame = (one?: InteriorCell, other?: InteriorCell) =>
    one?.id === other?.id && one?.child === other?.child;
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && isSame(before[start], after[start])) start += 1;
  let end = 0;
  while (end < shorter - start && isSame(before.at(-1 - end), after.at(-1 - end))) end += 1;
  const from = start === 0 ? least(all) : (after[start - 1] as InteriorCell).id + 1n;
  const upTo = end === 0 ? greatest(all) : (after.at(-end) as InteriorCell).id;
  return from <= upTo ? { from, upTo, columns: undefined } : undefined;
}

function least(ids: readonly bigint[]): bigint {
  return ids.reduce((one, other) => (other < one ? other : one));
}

function greatest(ids: readonly bigint[]): bigint {
  return ids.reduce((one, other) => (other > one ? other : one));
}

/** Where a cell starts. */
function pointer(page: Page, index: number): number {
  return page.readUInt16BE((page[0] === TABLE_LEAF ? 8 : 12) + 2 * index);
}

function readCell(page: Buffer, type: number, start: number): { id: bigint; columns: number | undefined } {
  // Child page number, then the key.
  if (type === TABLE_INTERIOR) return { id: readVarint(page, start + 4).value, columns: undefined };
  const payload = readVarint(page, start);
  const id = readVarint(page, payload.end);
  const headerBytes = readVarint(page, id.end);
  const end = id.end + Number(headerBytes.value);
  let columns = 0;
  for (let at = headerBytes.end; at < end; at = readVarint(page, at).end) columns += 1;
  return { id: id.value, columns };
}

/** Up to eight bytes of seven bits, high bit set but for the last; a ninth has eight: a signed 64-bit integer. */
function readVarint(page: Buffer, start: number): { value: bigint; end: number } {
  let value = 0n;
  for (let at = start; at < start + 8; at += 1) {
    const byte = page.readUInt8(at);
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte < 0x80) return { value: BigInt.asIntN(64, value), end: at + 1 };
  }
  value = (value << 8n) | BigInt(page.readUInt8(start + 8));
  return { value: BigInt.asIntN(64, value), end: start + 9 };
}
