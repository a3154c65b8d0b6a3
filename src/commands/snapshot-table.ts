/** `orch-metrics snapshot --format table`: formats the envelope for people, without verdicts. */
import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import type { GetMetricsResponse, RunningAgent } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { printable } from "../../shared/printable.ts";
import { aligned } from "../../shared/settings-help.ts";
import { sectionErrors } from "../metrics/section.ts";
import { describe } from "./check.ts";

const AGENT_COLUMNS: Readonly<Record<string, (run: RunningAgent) => string | number | undefined>> = {
  RUN: ({ runId }) => runId,
  AGENT: ({ agent }) => agent,
  TASK: ({ taskId }) => taskId,
  PID: ({ pid }) => pid,
  PRESENCE: ({ presence }) => presence,
  PROGRAM: ({ process }) => process?.program || process?.name,
  STATE: ({ process }) => process?.state,
  "WAITS IN": ({ process }) => process?.wait?.kernelFunction,
  TICKS: ({ cpuTicks }) => cpuTicks,
  "TICKS BELOW": ({ process }) => process?.descendants?.ticks,
  "LOG BYTES": ({ log }) => log?.sizeBytes,
  "LOG WRITTEN": ({ log }) => clock(log?.modifiedAt),
  "TOKENS IN": ({ usage }) => usage?.inputTokens,
  "TOKENS OUT": ({ usage }) => usage?.outputTokens,
  USD: ({ usage }) => (usage?.pricedRuns === 0 ? undefined : usage?.costUsd),
};

export function snapshotTable(envelope: GetMetricsResponse): string {
  const { instance, generatedAt, agents } = envelope;
  const found = describe(envelope);
  const sections = sectionErrors(envelope).map(([name, error]) => [
    name,
    error ? `${error.code}: ${error.message}` : (found[name] ?? ""),
  ]);
  const running = agents?.running ?? [];
  const rows = running.map((run) =>
    Object.values(AGENT_COLUMNS).map((cell) => String(cell(run) ?? "") || "-"),
  );
  const tables = [
    [[instance, generatedAt ? timestampDate(generatedAt).toISOString() : "-"]],
    sections,
    ...(rows.length > 0 ? [[Object.keys(AGENT_COLUMNS), ...rows]] : []),
  ];
  const texts = tables.map((table) => aligned(table.map((row) => row.map(printable))).join("\n"));
  return `${texts.join("\n\n")}\n`;
}

/** In UTC, like all times in the envelope. */
function clock(time: Timestamp | undefined): string | undefined {
  return time && timestampDate(time).toISOString().slice(11, 19);
}
