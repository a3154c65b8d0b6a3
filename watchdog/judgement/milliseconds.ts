/** Converts a time of the envelope to milliseconds since the epoch. */
import type { Timestamp } from "@bufbuild/protobuf/wkt";

export function milliseconds(time: Timestamp | undefined): number | undefined {
  return time && Number(time.seconds) * 1000 + Math.round(time.nanos / 1e6);
}
