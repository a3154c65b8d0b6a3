/**
 * Released formats stay readable: the current code reads recorded envelopes, and the recorded schemas read a
 * current one.
 */
import { readdirSync, readFileSync } from "node:fs";
import {
  createFileRegistry,
  type DescMessage,
  equals,
  fromBinary,
  fromJsonString,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GetMetricsResponseSchema } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { ago, createDatabase, job, run, type TestDatabase, task } from "../support/database.ts";
import { type RunningProgram, startReady } from "../support/service.ts";

const RPC = "/orchestrator.metrics.v1.MetricsService/GetMetrics";
const folder = new URL("./", import.meta.url);
const releases = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const recorded = (release: string, file: string) => readFileSync(new URL(`${release}/${file}`, folder));

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const set = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(set.map(([key, item]) => [key, withoutNulls(item)]));
}

let database: TestDatabase;
let service: RunningProgram;
beforeAll(async () => {
  database = createDatabase();
  database.insert("tasks", task(1, "review", { title: "newer than the first release" }));
  // Set every count that became optional to more than 0, because a 0.1.0 reader that rewrites the message
  // drops zeros.
  database.insert(
    "jobs",
    job(1, "queued"),
    job(2, "running", { started_at: new Date().toISOString() }),
    job(3, "failed", { attempts: 3, max_attempts: 3 }),
    job(4, "queued", { available_at: ago(-3600) }),
  );
  database.insert("agent_runs", run(1, { cost_usd: 1.5, pid: process.pid }));
  service = await startReady(database.path);
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  database?.[Symbol.dispose]();
});

async function todaysEnvelope(contentType: string, query = RPC): Promise<Uint8Array> {
  const init = query === RPC ? { method: "POST", headers: { "content-type": contentType }, body: "" } : {};
  return (await service.get(query, init)).bytes();
}

for (const { name: release } of releases) {
  const read = fromBinary(FileDescriptorSetSchema, recorded(release, "contract.binpb"));
  const contract = createFileRegistry(read).getMessage(GetMetricsResponseSchema.typeName) as DescMessage;

  describe(`release ${release}`, () => {
    it("wrote JSON that the current code reads without loss", () => {
      const text = recorded(release, "envelope.json").toString();
      const envelope = fromJsonString(GetMetricsResponseSchema, text);
      expect(toJson(GetMetricsResponseSchema, envelope, { alwaysEmitImplicit: true })).toMatchObject(
        withoutNulls(JSON.parse(text)) as object,
      );
    });

    it("wrote a binary that the current code reads without unknown fields", () => {
      const envelope = fromBinary(GetMetricsResponseSchema, recorded(release, "envelope.binpb"));
      expect(envelope.schemaVersion).toBe(1);
      expect(envelope.agents?.running.length).toBeGreaterThan(0);
      expect(envelope.cost?.totals?.runs).toBeGreaterThan(0);
      expect(envelope.$unknown).toBeUndefined();
    });

    it("reads the current binary, and keeps unknown fields", async () => {
      const bytes = await todaysEnvelope("application/proto");
      const envelope = fromBinary(contract, bytes);
      const kept = fromBinary(GetMetricsResponseSchema, toBinary(contract, envelope));
      expect(equals(GetMetricsResponseSchema, kept, fromBinary(GetMetricsResponseSchema, bytes))).toBe(true);
    });

    it("reads the current JSON if the reader ignores unknown fields", async () => {
      const text = new TextDecoder().decode(await todaysEnvelope("", "/metrics"));
      const envelope = fromJsonString(contract, text, { ignoreUnknownFields: true });
      expect(toJson(contract, envelope)).toMatchObject({
        schema_version: 1,
        stages: { counts: { review: 1 } },
      });
    });
  });
}

it("every release has a record", () => {
  const changelog = readFileSync(new URL("../../CHANGELOG.md", import.meta.url), "utf8");
  const released = [...changelog.matchAll(/^## \[(\d[^\]]*)\]/gm)].map(([, version]) => version);
  expect(releases.map(({ name }) => name).sort()).toEqual(released.sort());
});
