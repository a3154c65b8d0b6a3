/**
 * Builds a section of the contract from a reading. Failures become the section's error only here, and plain values
 * the contract's field types. Frequent messages are built as plain objects, since `create` takes ten times as long.
 */
import { create, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import {
  type GetMetricsResponse,
  type SectionError,
  SectionErrorSchema,
} from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { type Reading, SourceError, type SourceFailure } from "../repositories/source-failure.ts";

/** Called with each unexpected error. The response contains no stack trace. */
export type OnUnexpected = (where: string, error: unknown) => void;

/**
 * Builds a section from its reading. If there is none, or building throws, the section contains only the error. An
 * unexpected exception is reported to `onUnexpected` and becomes `internal`.
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
    return withError({ code: "internal", message: `${name}: the source returned no result` });
  if (!reading.ok) return withError(reading.failure);
  try {
    return build(reading.value);
  } catch (error) {
    return withError(failureOf(name, error, onUnexpected));
  }
}

/** Converts an error to a failure. */
export function failureOf(name: string, error: unknown, onUnexpected: OnUnexpected): SourceFailure {
  if (error instanceof SourceError) return error.failure;
  onUnexpected(name, error);
  return {
    code: "internal",
    message: `${name}: unexpected error in orch-metrics: see its log`,
  };
}

const INT32_MAX = 2 ** 31 - 1;

/** Returns a count that fits the contract's int32. Throws a `data_loss` SourceError that names a count that does not. */
export function count(value: number, what: string): number {
  if (!Number.isInteger(value) || value < -INT32_MAX - 1 || value > INT32_MAX) {
    throw SourceError.of("data_loss", `${what} is out of range: a count must fit 32 bits`);
  }
  return value;
}

export function optionalCount(value: number | null | undefined, what: string): number | undefined {
  return value === null || value === undefined ? undefined : count(value, what);
}

/** The years 1 to 9999: google/protobuf/timestamp.proto. */
const [FIRST_SECOND, LAST_SECOND] = [-62_135_596_800, 253_402_300_799];

/** Undefined for an unknown time, which must not become the epoch, and for one that the message cannot hold. */
export function timestamp(ms: number | null | undefined): Timestamp | undefined {
  if (ms === null || ms === undefined) return undefined;
  const seconds = Math.floor(ms / 1000);
  if (!(seconds >= FIRST_SECOND && seconds <= LAST_SECOND)) return undefined;
  const nanos = Math.round((ms - seconds * 1000) * 1e6);
  return { $typeName: "google.protobuf.Timestamp", seconds: BigInt(seconds), nanos };
}

/** Returns the seconds from `thenMs` to `nowMs`, in milliseconds precision. Negative if the source's clock is ahead. */
export function secondsSince(thenMs: number | null | undefined, nowMs: number): number | undefined {
  return thenMs === null || thenMs === undefined ? undefined : (nowMs - thenMs) / 1000;
}

export function optional<T>(value: T | null | undefined): T | undefined {
  return value ?? undefined;
}

/** Whether it is a failure of the source, and not a section that the profile does not map. */
export function hasFailed(error: SectionError | undefined): boolean {
  return error !== undefined && error.code !== "unimplemented";
}

/** Returns each section and part of the envelope, with its error. */
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
