/**
 * A recorded run of the suite, as a folder. `setup.json` lists the runs of the scenarios. `envelopes.jsonl`
 * has the service's envelopes as the watchdog read them, one per line. Compressed, it is
 * `envelopes.jsonl.br`.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import {
  type GetMetricsResponse,
  GetMetricsResponseSchema,
} from "../../gen/orchestrator/metrics/v1/metrics_pb.js";

/** Which run belongs to which scenario, and from when its truth holds, in milliseconds since the epoch. */
export interface Part {
  readonly runId: string;
  readonly name: string;
  readonly holdsFrom: number;
}

export interface Setup {
  /** The pace: real or short. */
  readonly timing: string;
  readonly parts: readonly Part[];
}

export interface Recorder {
  envelope(envelope: object): void;
  setup(setup: Setup): void;
}

/** Starts a recording in a folder, replacing an earlier one. */
export function recordTo(folder: string): Recorder {
  mkdirSync(folder, { recursive: true });
  for (const name of ["envelopes.jsonl", "envelopes.jsonl.br"]) rmSync(join(folder, name), { force: true });
  return {
    envelope: (envelope) => appendFileSync(join(folder, "envelopes.jsonl"), `${JSON.stringify(envelope)}\n`),
    setup: (setup) => writeFileSync(join(folder, "setup.json"), `${JSON.stringify(setup, null, 1)}\n`),
  };
}

export function readSetup(folder: string): Setup {
  return JSON.parse(readFileSync(join(folder, "setup.json"), "utf8")) as Setup;
}

export function readEnvelopes(folder: string): readonly GetMetricsResponse[] {
  return readLines(folder)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) =>
      fromJson(GetMetricsResponseSchema, JSON.parse(line) as JsonValue, { ignoreUnknownFields: true }),
    );
}

/** Copies a recording and compresses it: 100 envelopes of 60 agents take 200 kB. */
export function pack(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  writeFileSync(join(to, "setup.json"), readFileSync(join(from, "setup.json")));
  const params = { [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS };
  writeFileSync(join(to, "envelopes.jsonl.br"), brotliCompressSync(readLines(from), { params }));
}

function readLines(folder: string): string {
  const plain = join(folder, "envelopes.jsonl");
  return existsSync(plain)
    ? readFileSync(plain, "utf8")
    : brotliDecompressSync(readFileSync(`${plain}.br`)).toString();
}
