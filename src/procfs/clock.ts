/**
 * What turns this kernel's units into common ones: clock ticks, pages, the time of boot and its identity, and the wall
 * clock beside the monotonic one.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { parseStat } from "./stat.ts";

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

/**
 * A function that gives the time of boot by the wall clock as it is set now; null where the procfs does not tell
 * (`subset=pid`). In a container `uptime` may be the container's own (lxcfs, for one), while processes start by the
 * kernel's: this process knows when it was started itself, and shows it.
 */
export function bootClock(root: string, clockTicksPerSecond: number, now: () => number): () => number | null {
  const byUptime = () => parseBootTime(read(`${root}/uptime`) ?? "", read(`${root}/stat`) ?? "", now());
  const ownStart = ownStartMilliseconds(root, clockTicksPerSecond);
  if (ownStart === null) return byUptime;
  const byOwnStart = () => now() - performance.now() - ownStart;
  const ahead = (byUptime() ?? byOwnStart()) - byOwnStart();
  // After a sleep of the machine the monotonic clock, which stood still, is late: of that it is no sign.
  const isWrong = ahead > NODE_START_MILLISECONDS || (ahead < -NODE_START_MILLISECONDS && isYoung());
  return isWrong ? byOwnStart : byUptime;
}

/** From the start of the process to that of its clock; more only where the machine has no time for it. */
const NODE_START_MILLISECONDS = 5_000;

const isYoung = () => performance.now() < 60_000;

/** When Node was started, after boot. It may have been executed by an older process: its threads were started by Node. */
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
  // If the thread was interrupted between the two, the difference is unreliable.
  const isSure = performance.now() - before < 1;
  if (isSure && Math.abs(offset - knownOffset) > NOISE_MILLISECONDS) knownOffset = offset;
  return knownOffset;
}
