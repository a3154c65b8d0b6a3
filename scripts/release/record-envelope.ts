/** Records one envelope of the running demo as JSON and binary, as clients of this version receive it. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { fromBinary, fromJsonString } from "@bufbuild/protobuf";
import {
  type GetMetricsResponse,
  GetMetricsResponseSchema,
} from "../../gen/orchestrator/metrics/v1/metrics_pb.js";

const RPC = "/orchestrator.metrics.v1.MetricsService/GetMetrics";

const MOST_TRIES = 30;

type Demo = ChildProcessByStdio<null, Readable, null>;

export interface EnvelopeRecord {
  readonly json: string;
  readonly binary: Uint8Array;
}

export async function recordEnvelope(): Promise<EnvelopeRecord> {
  const demo = spawn(process.execPath, ["bin/orch-metrics.js", "demo", "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const url = await addressOf(demo);
    // On a busy machine a reading may be late, which its envelope reports.
    for (let tries = 1; ; tries += 1) {
      const record = await readBoth(url);
      const broken = failedSections(fromBinary(GetMetricsResponseSchema, record.binary)).concat(
        failedSections(fromJsonString(GetMetricsResponseSchema, record.json)),
      );
      if (broken.length === 0) return record;
      // An incomplete record would be useless for the compatibility tests.
      if (tries === MOST_TRIES) throw new Error(`cannot read the demo: ${broken.join("; ")}`);
      await sleep(1_000);
    }
  } finally {
    demo.kill("SIGTERM");
    if (demo.exitCode === null) await once(demo, "exit");
  }
}

async function readBoth(url: string): Promise<EnvelopeRecord> {
  const json = await answered(`${url}/metrics`);
  const headers = { "content-type": "application/proto" };
  const binary = await answered(url + RPC, { method: "POST", headers, body: new Uint8Array() });
  return { json: await json.text(), binary: await binary.bytes() };
}

/** Returns the service's address. Keeps reading the output, so that the demo can continue to write. */
async function addressOf(demo: Demo): Promise<string> {
  return await new Promise((resolve, reject) => {
    let said = "";
    demo.stdout.on("data", (chunk) => {
      said += chunk;
      const url = /serves its metrics at (http:\/\/\S+:\d+)/.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    });
    demo.once("exit", (code) => reject(new Error(`the demo ended with ${code}: ${said}`)));
  });
}

async function answered(url: string, request?: RequestInit): Promise<Response> {
  const answer = await fetch(url, request);
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${await answer.text()}`);
  return answer;
}

function failedSections({ stages, queue, agents, cost }: GetMetricsResponse): string[] {
  const sections = Object.entries({ stages, queue, agents, cost });
  return [
    ...sections.flatMap(([name, section]) =>
      section && !section.error ? [] : [`${name}: ${section?.error?.message ?? "missing"}`],
    ),
    ...(agents?.running.some(({ cpuTicks }) => Number(cpuTicks) > 0) ? [] : ["no agent has worked yet"]),
  ];
}
