/** Reads fields of the envelope. */
import type { Timestamp } from "@bufbuild/protobuf/wkt";

/** Converts a time to milliseconds since the epoch. */
export function milliseconds(time: Timestamp | undefined): number | undefined {
  return time && Number(time.seconds) * 1000 + Math.round(time.nanos / 1e6);
}

/** Returns a section; undefined if it is missing or has an error. */
export function readable<S extends { readonly error?: unknown }>(section: S | undefined): S | undefined {
  return section?.error === undefined ? section : undefined;
}
