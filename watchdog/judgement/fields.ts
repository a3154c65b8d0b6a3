/** Reads fields of the envelope. */
import type { Timestamp } from "@bufbuild/protobuf/wkt";

/** Converts a time to milliseconds since the epoch. Undefined for one that cannot be a date. */
export function milliseconds(time: Timestamp | undefined): number | undefined {
  if (!time) return undefined;
  const milliseconds = Number(time.seconds) * 1000 + Math.round(time.nanos / 1e6);
  return Math.abs(milliseconds) <= 8.64e15 ? milliseconds : undefined;
}

/** Returns a section; undefined if it is missing or has an error. */
export function readable<S extends { readonly error?: unknown }>(section: S | undefined): S | undefined {
  return section?.error === undefined ? section : undefined;
}
