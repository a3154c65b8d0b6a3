/**
 * What turns this kernel's units into common ones: clock ticks, pages, the time of boot and its identity, and the wall
 * clock beside the monotonic one.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Clock {
  readonly clockTicksPerSecond: number;
  readonly pageBytes: number;
  readonly bootId: string;
}

/** getauxval(3): the kernel hands both to every process, so no program need be asked. */
const AT_PAGESZ = 6n;
const AT_CLKTCK = 17n;

/** The USER_HZ of every architecture in common use, for when nothing tells. */
const USUAL_CLOCK_TICKS = 100;
const USUAL_PAGE_BYTES = 4096;

/** Reads the clock of the kernel behind the procfs at `root`. */
export function readClock(root: string): Clock {
  const auxiliary = parseAuxiliaryVector(readAuxiliaryVector());
  return {
    clockTicksPerSecond: auxiliary.get(AT_CLKTCK) ?? getconf("CLK_TCK") ?? USUAL_CLOCK_TICKS,
    pageBytes: auxiliary.get(AT_PAGESZ) ?? getconf("PAGESIZE") ?? USUAL_PAGE_BYTES,
    bootId: (read(`${root}/sys/kernel/random/boot_id`) ?? "").trim(),
  };
}

/** Empty on a 32-bit kernel, where its numbers are four bytes wide, and `getconf` is asked instead. */
function readAuxiliaryVector(): Buffer {
  const none = Buffer.alloc(0);
  if (process.arch === "arm" || process.arch === "ia32") return none;
  try {
    return readFileSync("/proc/self/auxv");
  } catch {
    return none;
  }
}

/** Pairs of unsigned longs: proc_pid_auxv(5). Addresses, flags and what else is no count are left out. */
export function parseAuxiliaryVector(bytes: Buffer): ReadonlyMap<bigint, number> {
  const isBigEndian = process.arch === "s390x";
  const long = (at: number) => (isBigEndian ? bytes.readBigUInt64BE(at) : bytes.readBigUInt64LE(at));
  const values = new Map<bigint, number>();
  for (let at = 0; at + 16 <= bytes.length; at += 16) {
    const value = Number(long(at + 8));
    if (value > 0 && Number.isSafeInteger(value)) values.set(long(at), value);
  }
  return values;
}

function getconf(name: string): number | undefined {
  try {
    const value = Number(execFileSync("getconf", [name], { encoding: "utf8", timeout: 1_000 }));
    return Number.isInteger(value) && value > 0 ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Unix epoch milliseconds; null where neither tells. `uptime` has hundredths of a second, `btime` of `/proc/stat` whole
 * seconds (measured: up to 0.7 s off).
 */
export function parseBootTime(uptime: string, stat: string, nowMs: number): number | null {
  const up = Number(uptime.split(" ")[0]);
  const bootedAtMs = Math.round((nowMs - up * 1000) / 10) * 10;
  if (up > 0 && bootedAtMs > 0) return bootedAtMs;
  const btimeMs = Number(/^btime (\d+)$/m.exec(stat)?.[1]) * 1000;
  return btimeMs > 0 && btimeMs <= nowMs ? btimeMs : null;
}

/** By the wall clock as it is set now; null where the procfs does not tell (`subset=pid`). */
export function bootTime(root: string, nowMs: number): number | null {
  return parseBootTime(read(`${root}/uptime`) ?? "", read(`${root}/stat`) ?? "", nowMs);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}

/** Both clocks are read to the millisecond, one after the other. */
const NOISE_MILLISECONDS = 2;

let knownOffset = Date.now() - performance.now();

/**
 * How far the wall clock is ahead of the monotonic one, in milliseconds. It stays the very same number until somebody
 * sets the wall clock, or the machine slept: so it turns a wall time into one that no step of the clock moves, and back.
 */
export function wallOffset(): number {
  const before = performance.now();
  const offset = Date.now() - before;
  // Interrupted between the two, it cannot be told.
  const isSure = performance.now() - before < 1;
  if (isSure && Math.abs(offset - knownOffset) > NOISE_MILLISECONDS) knownOffset = offset;
  return knownOffset;
}
