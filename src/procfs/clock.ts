/** Converts this kernel's units: clock ticks, pages, the boot time and boot ID, and the wall clock from the monotonic one. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { tryRead } from "./process-files.ts";
import { parseStat } from "./stat.ts";

export interface Clock {
  readonly clockTicksPerSecond: number;
  readonly pageBytes: number;
  readonly bootId: string;
}

/** getauxval(3): the kernel passes both to every process, so no program has to be run. */
const AT_PAGESZ = 6n;
const AT_CLKTCK = 17n;

/** The USER_HZ of every architecture in common use, if it cannot be read. */
const USUAL_CLOCK_TICKS = 100;
const USUAL_PAGE_BYTES = 4096;

/** Reads the clock of the kernel behind the procfs at `root`. */
export function readClock(root: string): Clock {
  const is32Bit = process.arch === "arm" || process.arch === "ia32";
  // On a 32-bit kernel its numbers are four bytes wide. The usual values apply there.
  const auxiliary = parseAuxiliaryVector(
    Buffer.from(is32Bit ? "" : (tryRead("/proc/self/auxv") ?? ""), "latin1"),
  );
  return {
    clockTicksPerSecond: auxiliary.get(AT_CLKTCK) ?? USUAL_CLOCK_TICKS,
    pageBytes: auxiliary.get(AT_PAGESZ) ?? USUAL_PAGE_BYTES,
    bootId: (tryRead(`${root}/sys/kernel/random/boot_id`) ?? "").trim(),
  };
}

/** Parses pairs of unsigned longs: proc_pid_auxv(5). Omits values that are not counts, such as addresses and flags. */
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

/**
 * Returns the boot time in Unix epoch milliseconds, or null if neither file has it. `uptime` has hundredths of a
 * second, `btime` of `/proc/stat` whole seconds (measured: up to 0.7 s off).
 */
export function parseBootTime(uptime: string, stat: string, nowMs: number): number | null {
  const up = Number(uptime.split(" ")[0]);
  const bootedAtMs = Math.round((nowMs - up * 1000) / 10) * 10;
  if (up > 0 && bootedAtMs > 0) return bootedAtMs;
  const btimeMs = Number(/^btime (\d+)$/m.exec(stat)?.[1]) * 1000;
  return btimeMs > 0 && btimeMs <= nowMs ? btimeMs : null;
}

/**
 * Returns a function for the boot time according to the current wall clock. It returns null if the procfs does not
 * show it (`subset=pid`). In a container, `uptime` may be the container's own (for example with lxcfs), while
 * processes start by the kernel's. This process knows its own start time, and so detects that.
 */
export function bootClock(root: string, clockTicksPerSecond: number, now: () => number): () => number | null {
  const byUptime = () => parseBootTime(tryRead(`${root}/uptime`) ?? "", tryRead(`${root}/stat`) ?? "", now());
  const ownStart = ownStartMilliseconds(root, clockTicksPerSecond);
  if (ownStart === null) return byUptime;
  const byOwnStart = () => now() - performance.now() - ownStart;
  const ahead = (byUptime() ?? byOwnStart()) - byOwnStart();
  // After a machine's sleep, the monotonic clock is late, since it did not run. That is not a sign of a wrong uptime.
  const isWrong = ahead > NODE_START_MILLISECONDS || (ahead < -NODE_START_MILLISECONDS && isYoung());
  return isWrong ? byOwnStart : byUptime;
}

/** From the start of the process to that of its clock. It takes longer only on an overloaded machine. */
const NODE_START_MILLISECONDS = 5_000;

const isYoung = () => performance.now() < 60_000;

/**
 * Returns the time after boot when Node started. An older process may have executed Node, so the time comes from the
 * threads, which Node started.
 */
function ownStartMilliseconds(root: string, clockTicksPerSecond: number): number | null {
  try {
    const folder = `${root}/self/task`;
    const first = readlinkSync(`${root}/self`);
    const threads = readdirSync(folder).filter((thread) => thread !== first);
    const starts = threads.map(
      (thread) => parseStat(readFileSync(`${folder}/${thread}/stat`, "latin1")).startTicks,
    );
    return starts.length === 0 ? null : (Math.min(...starts) * 1000) / clockTicksPerSecond;
  } catch {
    return null;
  }
}

/** Both clocks are read with millisecond precision, one after the other. */
const NOISE_MILLISECONDS = 2;

let knownOffset = Date.now() - performance.now();

/**
 * Returns how far the wall clock is ahead of the monotonic one, in milliseconds. The number changes only if the wall
 * clock is set or the machine slept. It converts a wall time to one that a step of the clock does not move, and back.
 */
export function wallOffset(): number {
  const before = performance.now();
  const offset = Date.now() - before;
  // If the thread was interrupted between the two, the difference is unreliable.
  const isSure = performance.now() - before < 1;
  if (isSure && Math.abs(offset - knownOffset) > NOISE_MILLISECONDS) knownOffset = offset;
  return knownOffset;
}
