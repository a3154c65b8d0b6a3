/**
 * Numbers as the bytes of a string, which V8 keeps in one piece: a history of ten million rows has some thousand segments,
 * and most of their sums are counts of a byte or two. In an array each takes eight bytes, in an object more.
 */

/** Counts as base-128 varints, two higher than they are, since two values stand for what is no count. */
export type Packed = string;

const NULL = 0;
/** The eight bytes of an IEEE 754 double follow. */
const DOUBLE = 1;
const FIRST_COUNT = 2;

/** Of a double with what says so; no varint is longer. */
const MOST_BYTES = 9;
const HIGHEST_COUNT = 2 ** 52;

const double = new DataView(new ArrayBuffer(8));

/** NaN stands for NULL, whichever its bits. */
export function pack(numbers: readonly number[]): Packed {
  const bytes = Buffer.allocUnsafe(numbers.length * MOST_BYTES);
  let at = 0;
  for (const number of numbers) {
    if (Number.isNaN(number)) bytes[at++] = NULL;
    else if (isCount(number)) at = writeVarint(bytes, number + FIRST_COUNT, at);
    else {
      bytes[at++] = DOUBLE;
      at = bytes.writeDoubleLE(number, at);
    }
  }
  return bytes.toString("latin1", 0, at);
}

export function unpack(packed: Packed): readonly number[] {
  const numbers: number[] = [];
  for (let at = 0; at < packed.length; ) {
    let value = 0;
    let byte: number;
    let scale = 1;
    do {
      byte = packed.charCodeAt(at++);
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    } while (byte >= 0x80);
    if (value === NULL) numbers.push(Number.NaN);
    else if (value >= FIRST_COUNT) numbers.push(value - FIRST_COUNT);
    else {
      for (let offset = 0; offset < 8; offset += 1) double.setUint8(offset, packed.charCodeAt(at++));
      numbers.push(double.getFloat64(0, true));
    }
  }
  return numbers;
}

function isCount(number: number): boolean {
  return Number.isInteger(number) && number >= 0 && number <= HIGHEST_COUNT && !Object.is(number, -0);
}

function writeVarint(bytes: Buffer, value: number, start: number): number {
  let at = start;
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest % 0x80) | 0x80;
  bytes[at++] = rest;
  return at;
}
