/**
 * HTTP/2 frames, valid and invalid: RFC 9113, sections 4 and 6. HPACK without compression: RFC 7541, section
 * 6.2.2.
 */

export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;
export const END_STREAM = 0x1;
export const END_HEADERS = 0x4;

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Returns the preface with SETTINGS, each as identifier and value. */
export function hello(...settings: readonly (readonly [id: number, value: number])[]): Buffer {
  return Buffer.concat([PREFACE, frame(FRAME.settings, 0, 0, settingsPayload(...settings))]);
}

export function settingsPayload(...settings: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(6 * settings.length);
  for (const [index, [id, value]] of settings.entries()) {
    payload.writeUInt16BE(id, 6 * index);
    payload.writeUInt32BE(value, 6 * index + 2);
  }
  return payload;
}

export function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}

/** Returns a header block of literals. */
export function headers(fields: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(fields).flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]),
  );
}

/** Encodes a length-prefixed string, with a 7-bit prefix integer as its length: RFC 7541, section 5.1. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  if (bytes.length < 127) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128);
  return Buffer.concat([Buffer.of(...length, rest), bytes]);
}

export function get(path: string, more: Readonly<Record<string, string>> = {}): Buffer {
  return headers({ ":method": "GET", ":scheme": "http", ":path": path, ":authority": "127.0.0.1", ...more });
}

export function post(path: string, more: Readonly<Record<string, string>> = {}): Buffer {
  return headers({ ":method": "POST", ":scheme": "http", ":path": path, ":authority": "127.0.0.1", ...more });
}

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** Returns the complete frames received, in order. */
export function frames(received: Buffer): Frame[] {
  const found: Frame[] = [];
  let at = 0;
  while (at + 9 <= received.length) {
    const end = at + 9 + received.readUIntBE(at, 3);
    if (end > received.length) break;
    const stream = received.readUInt32BE(at + 5);
    found.push({
      type: received.readUInt8(at + 3),
      flags: received.readUInt8(at + 4),
      stream,
      payload: received.subarray(at + 9, end),
    });
    at = end;
  }
  return found;
}

export function frameTypes(received: Buffer): number[] {
  return frames(received).map(({ type }) => type);
}

/** Returns the code of the received GOAWAY, or -1. */
export function goAwayCode(received: Buffer): number {
  const goAway = frames(received).findLast(({ type }) => type === FRAME.goAway);
  return goAway ? goAway.payload.readUInt32BE(4) : -1;
}

/** Returns the codes of the reset streams, in order. */
export function resetCodes(received: Buffer): number[] {
  return frames(received)
    .filter(({ type }) => type === FRAME.reset)
    .map(({ payload }) => payload.readUInt32BE(0));
}
