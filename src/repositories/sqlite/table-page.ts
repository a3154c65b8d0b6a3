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

/** Undefined for a page that belongs to no table, or that cannot be understood. */
export function hintOf(page: Buffer): Hint | undefined {
  const type = page[0];
  if (type !== TABLE_LEAF && type !== TABLE_INTERIOR) return undefined;
  const cells = page.readUInt16BE(3);
  if (cells === 0) return undefined;
  const pointers = type === TABLE_LEAF ? 8 : 12;
  try {
    const first = readCell(page, type, page.readUInt16BE(pointers));
    const last = readCell(page, type, page.readUInt16BE(pointers + 2 * (cells - 1)));
    // Rows that were taken off a leaf lay next to those that are left.
    const span = type === TABLE_LEAF ? last.id - first.id : 0n;
    return { from: first.id - span, upTo: last.id + span, columns: first.columns };
  } catch {
    // A page in the middle of being written: RangeError from a read beyond its end.
    return undefined;
  }
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
