/** Parses `/proc/<pid>/stat`: proc_pid_stat(5). */
import type { ProcessReading } from "./process.ts";

export interface ProcessStat
  extends Pick<
    ProcessReading,
    "state" | "name" | "userTicks" | "systemTicks" | "reapedChildrenTicks" | "threads" | "startTicks"
  > {
  readonly parentPid: number;
  readonly processGroup: number;
  /** Whether it has a controlling terminal. */
  readonly hasTerminal: boolean;
  /** The foreground process group of that terminal. 0: none. */
  readonly foregroundGroup: number;
  /** Whether it is a kernel thread: PF_KTHREAD, include/linux/sched.h. */
  readonly isKernelThread: boolean;
  readonly residentPages: number;
}

const PF_KTHREAD = 0x00200000;

/** FUTEX_TID_MASK, the highest limit of any kernel: Documentation/admin-guide/sysctl/kernel.rst, threads-max. */
const MOST_THREADS = 0x3fffffff;

/**
 * Parses the line. The command's name, in parentheses, may contain blanks and parentheses, so fields are counted from
 * the last `)`. Fields that later kernels append are ignored. Throws RangeError if the line is incomplete, or has no
 * count in a field that needs one.
 */
export function parseStat(line: string): ProcessStat {
  const nameEnd = line.lastIndexOf(")");
  const fields = line.slice(nameEnd + 2).split(" ");
  const number = (field: number): number => {
    const text = fields[field - 3];
    if (text === undefined || text === "") throw new RangeError(`/proc/<pid>/stat has no field ${field}`);
    const value = Number(text);
    if (!Number.isInteger(value) || value < 0)
      throw new RangeError(`/proc/<pid>/stat has no count in field ${field}`);
    return value;
  };
  const [state = ""] = fields;
  if (!/^[A-Za-z]$/.test(state)) throw new RangeError("/proc/<pid>/stat has no state");
  const threads = number(20);
  if (threads > MOST_THREADS) throw new RangeError("/proc/<pid>/stat has too many threads");
  return {
    state,
    name: Buffer.from(line.slice(line.indexOf("(") + 1, nameEnd), "latin1").toString(),
    parentPid: number(4),
    processGroup: number(5),
    // The kernel prints the device as a signed number, and -1 for no group.
    hasTerminal: /^-?[1-9]/.test(fields[7 - 3] ?? ""),
    foregroundGroup: fields[8 - 3] === "-1" ? 0 : number(8),
    isKernelThread: (number(9) & PF_KTHREAD) !== 0,
    userTicks: number(14),
    systemTicks: number(15),
    reapedChildrenTicks: number(16) + number(17),
    threads,
    startTicks: number(22),
    residentPages: number(24),
  };
}
