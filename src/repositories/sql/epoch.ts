/**
 * Which database this is: opaque text that changes when the file was replaced, or restored in place. A file
 * of another device and inode is another database. In place, only its history tells: ids that had been given
 * out are missing at the top. A migration is no replacement, and `PRAGMA schema_version` has no part in it.
 */
import { createHash } from "node:crypto";
import type { HighestKeys } from "./history/history.ts";

export function sourceEpochs() {
  let known: { readonly identity: string; readonly highest: HighestKeys } | undefined;
  let restored = 0;
  return (identity: string, highest: HighestKeys): string => {
    const before: HighestKeys = known?.identity === identity ? known.highest : {};
    const isLower = ([name, key]: [string, string]) =>
      Object.hasOwn(before, name) && BigInt(key) < BigInt(before[name] as string);
    if (Object.entries(highest).some(isLower)) restored += 1;
    known = { identity, highest: { ...before, ...highest } };
    return createHash("sha256").update(`${identity} ${restored}`).digest("hex").slice(0, 16);
  };
}
