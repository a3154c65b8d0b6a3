/**
 * Which database this is: opaque text that changes when the file was replaced, or restored in place. A file
 * of another device and inode is another database. In place, only its history tells: ids that had been given
 * out are missing at the top. A migration is no replacement, and `PRAGMA schema_version` has no part in it.
 */
import { createHash } from "node:crypto";

/** The highest id of each table; null where the table cannot be read. */
type Highest = Readonly<Record<string, number | null>>;

export function sourceEpochs() {
  let known: { readonly identity: string; readonly highest: Highest } | undefined;
  let restored = 0;
  return (identity: string, highest: Highest): string => {
    const before = known?.identity === identity ? known.highest : {};
    if (Object.entries(highest).some(([table, id]) => id !== null && id < (before[table] ?? 0)))
      restored += 1;
    known = {
      identity,
      highest: Object.fromEntries(
        Object.entries(highest).map(([table, id]) => [table, id ?? before[table] ?? null]),
      ),
    };
    return createHash("sha256").update(`${identity} ${restored}`).digest("hex").slice(0, 16);
  };
}
