/** Parses sizes and durations. */

const SIZES: Readonly<Record<string, number>> = {
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};
const TIMES: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Returns the bytes of `500MB`. */
export function parseSize(text: string): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([kmg]i?b)$/i.exec(text.trim()) ?? [];
  return digits === undefined
    ? undefined
    : Math.round(Number(digits) * (SIZES[unit?.toLowerCase() ?? ""] ?? 1));
}

/** Returns the seconds of `6h`. */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([smhd])$/.exec(text.trim()) ?? [];
  return digits === undefined ? undefined : Number(digits) * (TIMES[unit ?? ""] ?? 1);
}
