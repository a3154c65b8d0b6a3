/** Recorded readings of one scenario, as JSON lines. README.md describes the format. */
import { readFileSync, writeFileSync } from "node:fs";
import { fromJson, type JsonObject, type JsonValue, toJson } from "@bufbuild/protobuf";
import { RunningAgentSchema } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import type { AgentReading } from "../../watchdog/judgement/reading.ts";
import type { Label } from "./scenarios.ts";

export interface Trace {
  readonly label: Label;
  /** When the truth began to hold; milliseconds since the epoch. */
  readonly holdsFrom: number;
  readonly readings: readonly AgentReading[];
}

export function writeTrace(path: string, { label, holdsFrom, readings }: Trace): void {
  const { name, truth, also = [] } = label;
  const lines: JsonObject[] = [{ name, truth, also: [...also], holds_from: holdsFrom }];
  let before: JsonObject = {};
  for (const reading of readings) {
    const line = lineOf(reading);
    lines.push(patchBetween(before, line));
    before = line;
  }
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

/** Throws for what is no trace. */
export function readTrace(path: string): Trace {
  const [header, ...patches] = readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const { holds_from: holdsFrom, ...label } = header as Label & { holds_from: number };
  let line: JsonObject = {};
  const readings = patches.map((patch: JsonObject) => {
    line = patched(line, patch);
    return readingOf(line);
  });
  return { label, holdsFrom, readings };
}

function lineOf({ at, bootId, sourceEpoch, clkTck, agent, taskFinished }: AgentReading): JsonObject {
  return {
    at,
    boot_id: bootId,
    source_epoch: sourceEpoch,
    clk_tck: clkTck,
    agent: toJson(RunningAgentSchema, agent),
    ...(taskFinished === undefined ? {} : { task_finished: taskFinished }),
  };
}

function readingOf(line: JsonObject): AgentReading {
  return {
    at: line.at as number,
    bootId: line.boot_id as string,
    sourceEpoch: line.source_epoch as string,
    clkTck: line.clk_tck as number,
    agent: fromJson(RunningAgentSchema, line.agent as JsonValue),
    ...(line.task_finished === undefined ? {} : { taskFinished: line.task_finished as boolean }),
  };
}

/** RFC 7396, of objects without nulls. */
function patchBetween(before: JsonObject, after: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const key of Object.keys(before)) if (!(key in after)) patch[key] = null;
  for (const [key, value] of Object.entries(after)) {
    const was = before[key];
    if (JSON.stringify(was) === JSON.stringify(value)) continue;
    patch[key] = isObject(was) && isObject(value) ? patchBetween(was, value) : value;
  }
  return patch;
}

function patched(before: JsonObject, patch: JsonObject): JsonObject {
  const after = { ...before };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete after[key];
    else after[key] = isObject(value) ? patched(isObject(after[key]) ? after[key] : {}, value) : value;
  }
  return after;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
