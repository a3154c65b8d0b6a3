/**
 * Keeps the memory of the serving process as small as its work needs. V8 sizes its young generation by the machine and lets it
 * grow to tens of megabytes before it is first cleaned, for answers of some kilobytes that live a millisecond.
 */
import { setFlagsFromString } from "node:v8";

/** For the life of the process. Call it before anything large is loaded: what the young generation grew to it keeps. */
export function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
