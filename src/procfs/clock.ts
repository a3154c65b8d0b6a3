/** Converts this kernel's units: clock ticks, pages, the boot time and boot ID, and the wall clock from the monotonic one. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { tryRead } from "./process-files.ts";
import { parseStat } from "./stat.ts";

/** getauxval(3): the kernel passes both to every process, so no program has to be run. */
const AT_PAGESZ = 6n;
const AT_CLKTCK = 17n;

/** The USER_HZ of every architecture in common use, if it cannot be read. */
const USUAL_CLOCK_TICKS = 100;
const USUAL_PAGE_BYTES = 4096;

/** Reads the clock of the kernel behind the procfs at `root`. */
export function readClock(root: string) {
  const auxiliary = parseAuxiliaryVector(Buffer.from(tryRead("/proc/self/auxv"), "latin1"));
  return {
    clockTicksPerSecond: auxiliary.get(AT_CLKTCK) ?? USUAL_CLOCK_TICKS,
    pageBytes: auxiliary.get(AT_PAGESZ) ?? USUAL_PAGE_BYTES,
    bootId: tryRead(`${root}/sys/kernel/random/boot_id`).trim(),
  };
}

/**
 * Parses pairs of unsigned longs: proc_pid_auxv(5). Omits values that are not counts, such as addresses and flags. Finds
 * nothing on a 32-bit kernel, whose numbers are four bytes wide.
 */
export function parseAuxiliaryVector(bytes: Uint8Array): ReadonlyMap<bigint, number> {
  const longs = new BigUint64Array(Uint8Array.from(bytes).buffer, 0, Math.floor(bytes.length / 8));
  const values = new Map<bigint, number>();
  for (let at = 0; at + 1 < longs.length; at += 2) {
    const value = Number(longs[at + 1]);
    if (value > 0 && Number.isSafeInteger(value)) values.set(longs[at] as bigint, value);
  }
  return values;
}

/** Returns the boot time in Unix epoch milliseconds from `/proc/uptime`, which has hundredths of a second. */
export function parseBootTime(uptime: string, nowMs: number): number | undefined {
  const up = Number(uptime.split(" ")[0]);
  const bootedAtMs = Math.round((nowMs - up * 1000) / 10) * 10;
  return up > 0 && bootedAtMs > 0 ? bootedAtMs : undefined;
}

/**
 * Returns a function for the boot time according to the current wall clock. It returns undefined if the procfs does
 * not show it (`subset=pid`). In a container, `uptime` may be the container's own (for example with lxcfs), while
 * processes start by the kernel's. This process knows its own start time, and so detects that.
 */
export function bootClock(
  root: string,
  clockTicksPerSecond: number,
  now: () => number,
): () => number | undefined {
  const byUptime = () => parseBootTime(tryRead(`${root}/uptime`), now());
  const ownStart = ownStartMilliseconds(root, clockTicksPerSecond);
  if (ownStart === undefined) return byUptime;
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
function ownStartMilliseconds(root: string, clockTicksPerSecond: number): number | undefined {
  try {
    const folder = `${root}/self/task`;
    const first = readlinkSync(`${root}/self`);
    const threads = readdirSync(folder).filter((thread) => thread !== first);
    const starts = threads.map(
      (thread) => parseStat(readFileSync(`${folder}/${thread}/stat`, "latin1")).startTicks,
    );
    return starts.length === 0 ? undefined : (Math.min(...starts) * 1000) / clockTicksPerSecond;
  } catch {
    return undefined;
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
