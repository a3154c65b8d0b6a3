import type { Timestamp } from "@bufbuild/protobuf/wkt";

/** Seconds since the Unix epoch, as Prometheus has times. */
export function seconds(timestamp: Timestamp | undefined): number | undefined {
  return timestamp && Number(timestamp.seconds) + timestamp.nanos / 1e9;
}
