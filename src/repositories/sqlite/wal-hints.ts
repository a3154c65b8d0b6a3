/**
 * Where the newest commits wrote, from the frames of the -wal file: which ids lie on the pages written. It is
 * a hint where to look first, no proof: what it misses is found when its turn comes. Nobody locks the -wal, so
 * that opening and closing it drops nobody's locks. The formats: sqlite.org/fileformat.html, 1.6 and 4.
 */
import { closeSync, openSync, readSync } from "node:fs";

/** A range of ids that a commit may have changed, both ends inclusive. */
export interface Hint {
  readonly from: bigint;
  readonly upTo: bigint;
  /** Columns of the rows on the page, which tells the tables apart; undefined where the page holds no rows. */
  readonly columns: number | undefined;
}

const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/** So that a look stays short even at a -wal of a gigabyte; the next look goes on from there. */
const FRAMES_A_LOOK = 128;

const TABLE_LEAF = 0x0d;
const TABLE_INTERIOR = 0x05;

export class WalHints {
  readonly #descriptor: number | undefined;
  readonly #header = Buffer.alloc(WAL_HEADER_BYTES);
  #frame = Buffer.alloc(0);
  /** The frames of one run through the file share two random numbers; what follows with others is old. */
  #salts = "";
  #next = 0;

  constructor(databasePath: string) {
    try {
      this.#descriptor = openSync(`${databasePath}-wal`, "r");
    } catch {
      this.#descriptor = undefined;
    }
  }

  /** The hints of the frames written since the last call. */
  take(): readonly Hint[] {
    if (this.#descriptor === undefined) return [];
    if (readSync(this.#descriptor, this.#header, 0, WAL_HEADER_BYTES, 0) < WAL_HEADER_BYTES) return [];
    const salts = this.#header.toString("latin1", 16, 24);
    if (salts !== this.#salts) {
      this.#salts = salts;
      this.#next = 0;
      this.#frame = Buffer.alloc(FRAME_HEADER_BYTES + this.#header.readUInt32BE(8));
    }
    const hints: Hint[] = [];
    for (let count = 0; count < FRAMES_A_LOOK && this.#readFrame(this.#descriptor); count += 1) {
      this.#next += 1;
      const hint = hintOf(this.#frame.subarray(FRAME_HEADER_BYTES));
      if (hint) hints.push(hint);
    }
    return hints;
  }

  #readFrame(descriptor: number): boolean {
    const { length } = this.#frame;
    const position = WAL_HEADER_BYTES + this.#next * length;
    if (readSync(descriptor, this.#frame, 0, length, position) < length) return false;
    return this.#frame.toString("latin1", 8, 16) === this.#salts;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }
}

/** Undefined for a page that belongs to no table, or that cannot be understood. */
function hintOf(page: Buffer): Hint | undefined {
  const type = page[0];
  if (type !== TABLE_LEAF && type !== TABLE_INTERIOR) return undefined;
  const cells = page.readUInt16BE(3);
  if (cells === 0) return undefined;
  const pointers = type === TABLE_LEAF ? 8 : 12;
  try {
    const first = readCell(page, type, page.readUInt16BE(pointers));
    const last = readCell(page, type, page.readUInt16BE(pointers + 2 * (cells - 1)));
    return { from: first.id, upTo: last.id, columns: first.columns };
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
