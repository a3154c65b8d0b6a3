/**
 * `npm run chaos` kills, stops and starves a service and its orchestrator at random, under load, and compares
 * every envelope with the truth that the orchestrator knows. Exits with 1 if one was wrong, if a commit was
 * refused or lost, or if a file was left next to the database.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { toJson } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import Database from "better-sqlite3";
import { createMetricsClient } from "../../client/index.ts";
import {
  type GetMetricsResponse,
  type GetMetricsResponseJson,
  GetMetricsResponseSchema,
  MetricsService,
} from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { Checker } from "./checker.ts";
import { FAULTS } from "./faults.ts";
import { Victim } from "./victims.ts";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "600" } } });

/** The longest that a commit may wait for a reader, in addition to its own disk time. */
const LONGEST_COMMIT_MILLISECONDS = 5_000;

/** Generous, because the machine may be busy. */
const START_MILLISECONDS = 60_000;

/** What the log may contain at level "error". Everything else is a bug. */
const KNOWN_ERRORS = /Worker/;

const ok = [
  await run("wal", Number(values.seconds) * 0.7),
  await run("delete", Number(values.seconds) * 0.3),
];
process.exit(ok.every(Boolean) ? 0 : 1);

async function run(journal: "wal" | "delete", seconds: number): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "orch-metrics-chaos-"));
  const databasePath = join(folder, "orchestrator.db");
  const notes = join(tmpdir(), `${folder.split("/").at(-1)}-notes`);
  writeFileSync(notes, "");
  const checker = new Checker(notes);
  const orchestrator = new Victim([pathOf("orchestrator.ts"), databasePath, notes, journal, "8"], (line) =>
    checker.note(`the orchestrator: ${line}`),
  );
  const listening = Promise.withResolvers<string>();
  const service = new Victim(serve(databasePath, "0"), (line) => {
    const [, url] = /"url":"([^"]+)"/.exec(line) ?? [];
    if (url) listening.resolve(url);
    if (isBug(line)) checker.note(`the service: ${line}`);
  });
  orchestrator.start();
  service.start();
  setTimeout(() => listening.reject(new Error("the service did not start")), START_MILLISECONDS).unref();
  const baseUrl = await listening.promise;
  // Its clients know one address, so each later start uses the port of the first.
  service.args = serve(databasePath, new URL(baseUrl).port);

  const done = new Map<string, number>();
  const end = performance.now() + seconds * 1000;
  let isOver = false;
  const clients = askers(baseUrl).map((ask) => askUntil(() => isOver, ask, checker));
  await checker.untilOk();
  while (performance.now() < end) {
    const names = Object.keys(FAULTS);
    const name = names[Math.floor(Math.random() * names.length)] as string;
    await FAULTS[name]?.({ service, orchestrator, databasePath });
    done.set(name, (done.get(name) ?? 0) + 1);
    await checker.untilOk();
    await sleep(Math.random() * 1_500);
  }
  isOver = true;
  const answered = (await Promise.all(clients)).reduce((sum, count) => sum + count, 0);
  await orchestrator.end("SIGTERM");
  await service.end("SIGTERM");

  const isOk = judge({ checker, databasePath, folder, journal, seconds, done, answered });
  checker.close();
  rmSync(folder, { recursive: true });
  rmSync(notes);
  return isOk;
}

function pathOf(file: string): string {
  return new URL(file, import.meta.url).pathname;
}

function serve(databasePath: string, port: string): readonly string[] {
  return [pathOf("../../bin/orch-metrics.js"), "serve", "--database", databasePath, "--port", port];
}

function isBug(line: string): boolean {
  try {
    return Number(JSON.parse(line).level) >= 50 && !KNOWN_ERRORS.test(line);
  } catch {
    return true;
  }
}

type Ask = () => Promise<GetMetricsResponseJson>;

/** Returns clients over plain HTTP, Connect and gRPC. */
function askers(baseUrl: string): readonly Ask[] {
  const asJson = (message: GetMetricsResponse) =>
    toJson(GetMetricsResponseSchema, message, { alwaysEmitImplicit: true }) as GetMetricsResponseJson;
  const connect = createMetricsClient({ baseUrl, timeoutMs: 10_000 });
  const grpc = createClient(MetricsService, createGrpcTransport({ baseUrl, defaultTimeoutMs: 10_000 }));
  const plain: Ask = async () => {
    const response = await fetch(`${baseUrl}/metrics`, { signal: AbortSignal.timeout(10_000) });
    if (response.status !== 200) throw new Error(`HTTP ${response.status}`);
    return (await response.json()) as GetMetricsResponseJson;
  };
  return [
    plain,
    plain,
    async () => asJson(await connect.getMetrics({})),
    async () => asJson(await grpc.getMetrics({})),
  ];
}

/** Returns the number of responses. A missing response while the service is down is not an error. */
async function askUntil(isOver: () => boolean, ask: Ask, checker: Checker): Promise<number> {
  let answered = 0;
  while (!isOver()) {
    const since = checker.begin();
    const envelope = await ask().catch(() => undefined);
    if (envelope) {
      answered += 1;
      checker.check(envelope, since);
    }
    await sleep(envelope ? 20 : 100);
  }
  return answered;
}

interface Outcome {
  readonly checker: Checker;
  readonly databasePath: string;
  readonly folder: string;
  readonly journal: string;
  readonly seconds: number;
  readonly done: ReadonlyMap<string, number>;
  readonly answered: number;
}

function judge({ checker, databasePath, folder, journal, seconds, done, answered }: Outcome): boolean {
  const left = readdirSync(folder).filter((name) => !/^orchestrator\.db(-wal|-shm|-journal)?$/.test(name));
  if (left.length > 0) checker.note(`files were left: ${left.join(", ")}`);
  const database = new Database(databasePath);
  const integrity = database.pragma("integrity_check", { simple: true });
  database.close();
  if (integrity !== "ok") checker.note(`integrity_check: ${integrity}`);
  const found = checker.findings();
  if (found.longestCommitMilliseconds > LONGEST_COMMIT_MILLISECONDS)
    checker.note(`a commit took ${found.longestCommitMilliseconds} ms`);
  if (answered === 0) checker.note("nothing was answered");

  const faults = [...done.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `${journal}: ${Math.round(seconds)} s, ${faults} faults, ${found.commits} commits, ${found.starts} starts of the orchestrator`,
  );
  for (const [name, count] of done) console.log(`  ${String(count).padStart(5)} ${name}`);
  console.log(
    `  ${found.envelopes} envelopes, ${found.sections} sections without an error, ${found.wrong.length} wrong; longest commit ${found.longestCommitMilliseconds} ms`,
  );
  for (const [error, count] of Object.entries(found.broken))
    console.log(`  ${String(count).padStart(5)} ${error}`);
  for (const wrong of found.wrong.slice(0, 20)) console.log(`  WRONG ${wrong.slice(0, 1_500)}`);
  return found.wrong.length === 0;
}
