/**
 * Which database this is: opaque text that changes when the file was replaced, or restored in place. A file
 * of another device and inode is another database. In place, only its history tells: ids that had been given
 * out are missing at the top. A migration is no replacement, and `PRAGMA schema_version` has no part in it.
 */
import { createHash } from "node:crypto";

export function sourceEpochs() {
  let known: { readonly identity: string; readonly highest: readonly (number | null)[] } | undefined;
  let restored = 0;
  return (identity: string, highest: readonly (number | null)[]): string => {
    if (known?.identity === identity) {
      const before = known.highest;
      if (highest.some((id, index) => id !== null && id < (before[index] ?? 0))) restored += 1;
    }
    known = {
      identity,
      highest: highest.map(
        (id, index) => id ?? (known?.identity === identity ? (known.highest[index] ?? null) : null),
      ),
    };
    return createHash("sha256").update(`${identity} ${restored}`).digest("hex").slice(0, 16);
  };
}
