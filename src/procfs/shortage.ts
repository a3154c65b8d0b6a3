/** The codes of errors that tell of this process, not of the one that is read: errno(3). */
const SHORTAGES = ["EMFILE", "ENFILE", "ENOMEM"];

/** Whether it failed for want of descriptors or memory: what was to be read is then unknown, not gone. */
export function isShortage(error: unknown): boolean {
  return SHORTAGES.includes(String((error as NodeJS.ErrnoException).code));
}
