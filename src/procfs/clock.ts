/** What turns this kernel's units into everybody's: clock ticks, pages, the time of boot and its identity. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Clock {
  readonly clockTicksPerSecond: number;
  readonly pageBytes: number;
  readonly bootId: string;
  /** Unix epoch milliseconds; null where the procfs does not tell (`subset=pid`). */
  readonly bootedAtMs: number | null;
}

/** getauxval(3): the kernel hands both to every process, so no program need be asked. */
const AT_PAGESZ = 6n;
const AT_CLKTCK = 17n;

/** The USER_HZ of every architecture in common use, for when nothing tells. */
const USUAL_CLOCK_TICKS = 100;
const USUAL_PAGE_BYTES = 4096;

/** Reads the clock of the kernel behind the procfs at `root`. */
export function readClock(root: string, nowMs: number): Clock {
  const auxiliary = readAuxiliaryVector();
  return {
    clockTicksPerSecond: auxiliary.get(AT_CLKTCK) ?? getconf("CLK_TCK") ?? USUAL_CLOCK_TICKS,
    pageBytes: auxiliary.get(AT_PAGESZ) ?? getconf("PAGESIZE") ?? USUAL_PAGE_BYTES,
    bootId: (read(`${root}/sys/kernel/random/boot_id`) ?? "").trim(),
    bootedAtMs: bootTime(root, nowMs),
  };
}

/** Pairs of unsigned longs. On a 32-bit kernel they are four bytes wide, and `getconf` is asked instead. */
function readAuxiliaryVector(): Map<bigint, number> {
  const values = new Map<bigint, number>();
  if (process.arch === "arm" || process.arch === "ia32") return values;
  try {
    const bytes = readFileSync("/proc/self/auxv");
    for (let at = 0; at + 16 <= bytes.length; at += 16) {
      const key = process.arch === "s390x" ? bytes.readBigUInt64BE(at) : bytes.readBigUInt64LE(at);
      const value = process.arch === "s390x" ? bytes.readBigUInt64BE(at + 8) : bytes.readBigUInt64LE(at + 8);
      values.set(key, Number(value));
    }
  } catch {
    // The fallbacks below know enough.
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

/** `uptime` tells hundredths of a second; `btime` of `/proc/stat` whole seconds (measured: up to 0.7 s off). */
function bootTime(root: string, nowMs: number): number | null {
  const uptime = Number(read(`${root}/uptime`)?.split(" ")[0]);
  if (uptime > 0) return Math.round((nowMs - uptime * 1000) / 10) * 10;
  const btime = /^btime (\d+)$/m.exec(read(`${root}/stat`) ?? "")?.[1];
  return btime === undefined ? null : Number(btime) * 1000;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}
