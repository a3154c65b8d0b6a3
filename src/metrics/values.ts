/**
 * From a row's plain values to the contract's field types. What there is many of in an envelope is written as
 * a plain object, as messages are: `create` takes ten times as long to make the same one.
 */
import { create } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { type SectionError, SectionErrorSchema } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { type Fault, SourceError } from "../repositories/fault.ts";

const INT32_MAX = 2 ** 31 - 1;

/** A count that fits the contract's int32. Throws a `data_loss` SourceError that names what does not. */
export function count(value: number, what: string): number {
  if (!Number.isInteger(value) || value < -INT32_MAX - 1 || value > INT32_MAX) {
    throw new SourceError({
      code: "data_loss",
      message: `${what} is out of range: a count must fit 32 bits`,
    });
  }
  return value;
}

export function optionalCount(value: number | null, what: string): number | undefined {
  return value === null ? undefined : count(value, what);
}

/** Absent for null, so that unknown is never the epoch. */
export function timestamp(ms: number | null): Timestamp | undefined {
  if (ms === null) return undefined;
  const seconds = Math.floor(ms / 1000);
  const nanos = Math.round((ms - seconds * 1000) * 1e6);
  return { $typeName: "google.protobuf.Timestamp", seconds: BigInt(seconds), nanos };
}

/** Seconds from then to `nowMs`, to the millisecond; negative where the source's clock is ahead of ours. */
export function secondsSince(thenMs: number | null, nowMs: number): number | undefined {
  return thenMs === null ? undefined : (nowMs - thenMs) / 1000;
}

export function optional<T>(value: T | null): T | undefined {
  return value ?? undefined;
}

export function sectionError(fault: Fault): SectionError {
  return create(SectionErrorSchema, { code: fault.code, message: fault.message });
}
