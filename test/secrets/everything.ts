/** Sends a running service every kind of valid and invalid request, and returns every byte of output. */
import { readdirSync, readFileSync } from "node:fs";
import { toJsonString } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { GetMetricsResponseSchema, MetricsService } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import type { RunningProgram } from "../support/service.ts";

const RPC = "/orchestrator.metrics.v1.MetricsService/GetMetrics";
const REQUESTS: readonly (readonly [path: string, init?: RequestInit])[] = [
  ["/metrics"],
  ["/metrics?format=prometheus"],
  ["/metrics?format=openmetrics"],
  ["/metrics", { method: "HEAD" }],
  ["/metrics", { method: "DELETE" }],
  ["/metrics", { headers: { accept: "image/png" } }],
  ["/metrics?read_mask=stages"],
  ["/metrics?read_mask=nothing"],
  ["/metrics?unknown=1"],
  ["/status"],
  ["/queue"],
  ["/ready"],
  ["/health"],
  ["/openapi.json"],
  ["/nothing"],
  [`${RPC}?encoding=json&message=%7B%7D&connect=v1`],
  [`${RPC}?encoding=json&message=%7Bbad`],
  [RPC, { method: "POST", body: "{}", headers: { "content-type": "application/json" } }],
  [RPC, { method: "POST", body: "{bad", headers: { "content-type": "application/json" } }],
  [RPC, { method: "POST", body: '{"readMask":"nothing"}', headers: { "content-type": "application/json" } }],
];

/**
 * Enough to see an error in each format. For a file that is not a database, because each examination of it
 * starts a process.
 */
export const A_FEW: typeof REQUESTS = [["/metrics"], ["/metrics?format=prometheus"], ["/ready"]];

/** Returns the responses with headers, the log so far, and what `ps` shows of the service and its children. */
export async function everything(program: RunningProgram, requests = REQUESTS): Promise<string> {
  const parts: string[] = [];
  for (const [path, init] of requests) {
    const response = await program.get(path, init);
    parts.push(JSON.stringify([...response.headers]), await response.text());
  }
  const grpc = createClient(MetricsService, createGrpcTransport({ baseUrl: program.url }));
  parts.push(toJsonString(GetMetricsResponseSchema, await grpc.getMetrics({})));
  parts.push(String(await grpc.getMetrics({ readMask: { paths: ["nothing"] } }).catch((error) => error)));
  parts.push(program.log(), ...commandLines(program.child.pid as number));
  return parts.join("\n");
}

/** proc_pid_cmdline(5), proc_tid_children(5). */
function commandLines(pid: number): string[] {
  const tasks = `/proc/${pid}/task`;
  const children = readdirSync(tasks).flatMap((thread) =>
    readFileSync(`${tasks}/${thread}/children`, "latin1").split(" ").filter(Boolean),
  );
  return [pid, ...children].map((one) => readFileSync(`/proc/${one}/cmdline`, "latin1"));
}
