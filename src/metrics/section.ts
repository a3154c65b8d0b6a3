/**
 * From a reading to a section of the contract. This is the one place where whatever fails becomes the section's error, and
 * where plain values become the contract's field types. What there is many of in an envelope is written as a plain object:
 * `create` takes ten times as long to make the same message.
 */
import { create, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import {
  type GetMetricsResponse,
  type SectionError,
  SectionErrorSchema,
} from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { type Reading, SourceError, type SourceFailure } from "../repositories/source-failure.ts";

/** Hears of a bug, once for each time it strikes; the answer itself holds no stack. */
export type OnUnexpected = (where: string, error: unknown) => void;

/**
 * Builds a section from its reading. If there is none or building it throws, it has nothing but the error. An unexpected
 * exception is reported to `onUnexpected` and becomes `internal`.
 */
export function section<Schema extends DescMessage, Rows>(
  name: string,
  schema: Schema,
  reading: Reading<Rows> | undefined,
  onUnexpected: OnUnexpected,
  build: (rows: Rows) => MessageShape<Schema>,
): MessageShape<Schema> {
  const withError = ({ code, message }: SourceFailure) =>
    Object.assign(create(schema), { error: create(SectionErrorSchema, { code, message }) });
  if (reading === undefined)
    return withError({ code: "internal", message: `${name}: the source gave no answer` });
  if (!reading.ok) return withError(reading.failure);
  try {
    return build(reading.value);
  } catch (error) {
    return withError(failureOf(name, error, onUnexpected));
  }
}

/** The failure that an error stands for. */
export function failureOf(name: string, error: unknown, onUnexpected: OnUnexpected): SourceFailure {
  if (error instanceof SourceError) return error.failure;
  onUnexpected(name, error);
  return {
    code: "internal",
    message: `${name}: an unexpected error in orch-metrics; its log has the details`,
  };
}

const INT32_MAX = 2 ** 31 - 1;

/** A count that fits the contract's int32. Throws a `data_loss` SourceError that names what does not. */
export function count(value: number, what: string): number {
  if (!Number.isInteger(value) || value < -INT32_MAX - 1 || value > INT32_MAX) {
    throw SourceError.of("data_loss", `${what} is out of range: a count must fit 32 bits`);
  }
  return value;
}

export function optionalCount(value: number | null | undefined, what: string): number | undefined {
  return value === null || value === undefined ? undefined : count(value, what);
}

/** Absent for what is unknown, which is never the epoch. */
export function timestamp(ms: number | null | undefined): Timestamp | undefined {
  if (ms === null || ms === undefined) return undefined;
  const seconds = Math.floor(ms / 1000);
  const nanos = Math.round((ms - seconds * 1000) * 1e6);
  return { $typeName: "google.protobuf.Timestamp", seconds: BigInt(seconds), nanos };
}

/** Seconds from then to `nowMs`, to the millisecond; negative where the source's clock is ahead of ours. */
export function secondsSince(thenMs: number | null | undefined, nowMs: number): number | undefined {
  return thenMs === null || thenMs === undefined ? undefined : (nowMs - thenMs) / 1000;
}

export function optional<T>(value: T | null | undefined): T | undefined {
  return value ?? undefined;
}

/** Whether it is a failure of the source, and not what the profile leaves out. */
export function hasFailed(error: SectionError | undefined): boolean {
  return error !== undefined && error.code !== "unimplemented";
}

/** Each section and part that the envelope holds, with its error. */
export function sectionErrors(envelope: GetMetricsResponse): [string, SectionError | undefined][] {
  const { stages, queue, agents, cost } = envelope;
  const parts: [string, { error?: SectionError | undefined } | undefined][] = [
    ["stages", stages],
    ["queue", queue],
    ["queue.running", queue?.running],
    ["queue.breakers", queue?.breakers],
    ["queue.gates", queue?.gates],
    ["agents", agents],
    ["cost", cost],
  ];
  return parts.flatMap(([name, part]) => (part ? [[name, part.error]] : []));
}
