/** Whether a process's control group is frozen: Documentation/admin-guide/cgroup-v2.rst, cgroup.freeze; cgroup-v1, freezer. */
import { readTextIfAny } from "./process-files.ts";
import type { ProcessSample } from "./samples.ts";

/** The functions in which a frozen thread waits, for cgroup versions 2 and 1. */
const FREEZER = /^(do_freezer_trap|__refrigerator)/;
/** Some kernels show this name instead of the first, and for a stopped thread. */
const SIGNAL = /^(get_signal|do_signal_stop)/;

/** Undefined if neither its waits nor its group can be read. Throws on resource exhaustion. */
export function isFrozen(folder: string, { waiting }: ProcessSample): boolean | undefined {
  const [first] = waiting;
  if (first && !SIGNAL.test(first.kernelFunction)) return FREEZER.test(first.kernelFunction);
  const path = /^0::(.*)$/m.exec(readTextIfAny(`${folder}/cgroup`))?.[1];
  if (path === undefined) return undefined;
  const frozen = /^frozen ([01])$/m.exec(readTextIfAny(`/sys/fs/cgroup${path}/cgroup.events`));
  return frozen ? frozen[1] === "1" : undefined;
}
