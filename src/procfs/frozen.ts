/** Whether a process's control group is frozen: Documentation/admin-guide/cgroup-v2.rst, cgroup.freeze; cgroup-v1, freezer. */
import { readTextIfAny } from "./process-files.ts";
import type { ProcessSample } from "./samples.ts";

/** Where a frozen thread waits, in version 2 and in version 1. */
const FREEZER = /^(do_freezer_trap|__refrigerator)/;
/** The name that some kernels show for the first, and for a thread that is stopped. */
const SIGNAL = /^(get_signal|do_signal_stop)/;

/** The usual places of the two hierarchies. */
const PLACES = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];

/** Null if neither its waits nor its group can be read. Throws a resource exhaustion. */
export function isFrozen(folder: string, { threadWaits }: ProcessSample): boolean | null {
  const [first] = threadWaits;
  if (first && !SIGNAL.test(first.kernelFunction)) return FREEZER.test(first.kernelFunction);
  const groups = readTextIfAny(`${folder}/cgroup`);
  const path = /^0::(.*)$/m.exec(groups)?.[1];
  if (path === undefined) return null;
  for (const place of PLACES) {
    const frozen = /^frozen ([01])$/m.exec(readTextIfAny(`${place}${path}/cgroup.events`));
    if (frozen) return frozen[1] === "1";
  }
  return null;
}
