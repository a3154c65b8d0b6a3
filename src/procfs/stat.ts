/** `/proc/<pid>/stat` as numbers: proc_pid_stat(5). */

export interface ProcessStat {
  /** One letter: R, S, D, Z, T, … */
  readonly state: string;
  readonly parentPid: number;
  readonly userTicks: number;
  readonly systemTicks: number;
  /** cutime + cstime: children that ended and were waited for, and theirs. */
  readonly reapedChildrenTicks: number;
  readonly threads: number;
  /** Ticks since boot. */
  readonly startTicks: number;
  readonly residentPages: number;
}

/**
 * Parses the line. The command's name, in parentheses, may itself hold blanks and parentheses, so the fields
 * are counted from the last `)`; what later kernels append is ignored. Throws a RangeError for a line that is
 * not complete.
 */
export function parseStat(line: string): ProcessStat {
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const number = (field: number): number => {
    const text = fields[field - 3];
    if (text === undefined || text === "") throw new RangeError(`/proc/<pid>/stat has no field ${field}`);
    return Number(text);
  };
  return {
    state: fields[0] ?? "",
    parentPid: number(4),
    userTicks: number(14),
    systemTicks: number(15),
    reapedChildrenTicks: number(16) + number(17),
    threads: number(20),
    startTicks: number(22),
    residentPages: number(24),
  };
}
