/**
 * Keeps the memory as small as the work needs. V8 sizes its young generation by the machine: on a large one it
 * grows to tens of megabytes before it is ever cleaned, for answers of some kilobytes that live a millisecond. And
 * what its middle compiler, Maglev, needs while it works stays with the allocator: 13 MiB, for code that the last
 * compiler, asked sooner, makes faster still.
 */
import { setFlagsFromString } from "node:v8";

/**
 * For the life of the process; to be called before anything large is loaded, since what the young generation grew to it
 * keeps. Measured after a load: 110 MiB resident instead of 220.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=10");
  setFlagsFromString("--no-maglev");
  setFlagsFromString("--invocation-count-for-turbofan=500");
}
