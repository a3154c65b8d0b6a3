/**
 * Converts a screenshot to a palette PNG of about a third of the size, with at most 256 colours. Rare colours
 * become the nearest remaining ones. https://www.w3.org/TR/png-3/
 */
import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE_BYTES = 8;
const MOST_COLOURS = 256;

/** `png` has 8 bits each for red, green and blue, like Chromium's screenshots. */
export function smallPng(png: Buffer): Buffer {
  const { header, data } = chunksOf(png);
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = header[9] === 6 ? 4 : 3;
  const pixels = unfiltered(inflateSync(data), width, height, channels);
  const colours: number[] = [];
  for (let at = 0; at < pixels.length; at += channels) colours.push(pixels.readUIntBE(at, 3));
  const { palette, indexOf } = paletteOf(colours);
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      rows[y * (width + 1) + 1 + x] = indexOf.get(colours[y * width + x] ?? 0) ?? 0;
  const head = Buffer.from(header);
  head[9] = 3;
  const table = Buffer.from(palette.flatMap((colour) => parts(colour)));
  return Buffer.concat([
    png.subarray(0, SIGNATURE_BYTES),
    chunk("IHDR", head),
    chunk("PLTE", table),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

const parts = (colour: number) => [colour >> 16, (colour >> 8) & 255, colour & 255];

function paletteOf(colours: readonly number[]) {
  const counts = new Map<number, number>();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const byCount = [...counts].sort(([, one], [, other]) => other - one).map(([colour]) => colour);
  // Take the most frequent colour of each corner of the colour space first, so that a small green dot stays
  // green.
  const corner = (colour: number) => parts(colour).map((part) => part >> 4);
  const corners = new Map(byCount.toReversed().map((colour) => [corner(colour).join(), colour]));
  const ofCorners = byCount.filter((colour) => corners.get(corner(colour).join()) === colour);
  const palette = [...new Set([...ofCorners.slice(0, MOST_COLOURS / 2), ...byCount])].slice(0, MOST_COLOURS);
  const distance = (one: number, other: number) =>
    parts(one).reduce((sum, part, index) => sum + (part - (parts(other)[index] ?? 0)) ** 2, 0);
  const nearest = (colour: number) => {
    const distances = palette.map((each) => distance(each, colour));
    return distances.indexOf(Math.min(...distances));
  };
  const indexOf = new Map(palette.map((colour, index) => [colour, index]));
  for (const colour of counts.keys()) if (!indexOf.has(colour)) indexOf.set(colour, nearest(colour));
  return { palette, indexOf };
}

function chunksOf(png: Buffer) {
  let header = Buffer.alloc(0);
  const data: Buffer[] = [];
  for (let at = SIGNATURE_BYTES; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const body = png.subarray(at + 8, at + 8 + length);
    const type = png.toString("latin1", at + 4, at + 8);
    if (type === "IHDR") header = Buffer.from(body);
    if (type === "IDAT") data.push(body);
    at += length + 12;
  }
  return { header, data: Buffer.concat(data) };
}

/** Reverses the filters of section 9 of the specification. */
function unfiltered(rows: Buffer, width: number, height: number, channels: number): Buffer {
  const stride = width * channels;
  const pixels = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = rows[y * (stride + 1)];
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x < channels ? 0 : (pixels[at - channels] ?? 0);
      const up = y === 0 ? 0 : (pixels[at - stride] ?? 0);
      const corner = x < channels || y === 0 ? 0 : (pixels[at - stride - channels] ?? 0);
      const predicted = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter ?? 0] ?? 0;
      pixels[at] = (rows[y * (stride + 1) + 1 + x] ?? 0) + predicted;
    }
  }
  return pixels;
}

function paeth(left: number, up: number, corner: number): number {
  const [a, b, c] = [left, up, corner].map((each) => Math.abs(left + up - corner - each)) as [
    number,
    number,
    number,
  ];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

function chunk(type: string, body: Buffer): Buffer {
  const all = Buffer.alloc(body.length + 12);
  all.writeUInt32BE(body.length);
  all.write(type, 4, "latin1");
  body.copy(all, 8);
  all.writeUInt32BE(crc32(all.subarray(4, body.length + 8)), body.length + 8);
  return all;
}
