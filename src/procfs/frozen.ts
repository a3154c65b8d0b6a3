/** Whether a process's control group is frozen: Documentation/admin-guide/cgroup-v2.rst, cgroup.freeze; cgroup-v1, freezer. */
import { readTextIfAny } from "./process-files.ts";
import type { ProcessSample } from "./samples.ts";

/** The functions in which a frozen thread waits, for cgroup versions 2 and 1. */
const FREEZER = /^(do_freezer_trap|__refrigerator)/;
/** Some kernels show this name instead of the first, and for a stopped thread. */
const SIGNAL = /^(get_signal|do_signal_stop)/;

/** The usual mount points of the two hierarchies. */
const PLACES = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];

/** Undefined if neither its waits nor its group can be read. Throws on resource exhaustion. */
export function isFrozen(folder: string, { waiting }: ProcessSample): boolean | undefined {
  const [first] = waiting;
  if (first && !SIGNAL.test(first.kernelFunction)) return FREEZER.test(first.kernelFunction);
  const groups = readTextIfAny(`${folder}/cgroup`);
  const path = /^0::(.*)$/m.exec(groups)?.[1];
  if (path === undefined) return undefined;
  for (const place of PLACES) {
    const frozen = /^frozen ([01])$/m.exec(readTextIfAny(`${place}${path}/cgroup.events`));
    if (frozen) return frozen[1] === "1";
  }
  return undefined;
}
