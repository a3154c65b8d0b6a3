/** The service's responses match the documents in openapi/. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type GetMetricsResponseJson,
  GetMetricsResponseSchema,
} from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { envelopeText } from "../../src/server/json.ts";
import { byHttp1 } from "../access/http-request.ts";
import { startInProcess } from "../service/in-process.ts";
import { type SharedService, startShared } from "../service/shared-service.ts";
import { ago, createDatabase, job, run, type TestDatabase, task } from "../support/database.ts";
import { eventually } from "../support/service.ts";
import { expectDocumented, expectEnvelope, isEnvelope, OPENAPI } from "./documents.ts";
import { filled } from "./filled.ts";
import { changed, type Json } from "./places.ts";

let service: SharedService;
beforeAll(async () => {
  service = await startShared();
});
afterAll(() => service?.[Symbol.asyncDispose]());

const SECTIONS = ["stages", "queue", "agents", "cost"];

/** Inserts every kind of row, with its nullable columns both set and null. */
function insertEveryKind(database: TestDatabase): void {
  database.insert("tasks", task(1, "development", { title: "a title" }), task(2, "review"), task(3, "done"));
  database.insert(
    "jobs",
    job(1, "queued"),
    job(2, "queued", { available_at: ago(-3600), attempts: 1 }),
    job(3, "running", { task_id: 1, started_at: ago(70), attempts: 2 }),
    job(4, "running"),
    job(5, "failed", { attempts: 3, finished_at: ago(5) }),
    job(6, "paused"),
  );
  database.insert(
    "agent_runs",
    run(1, {
      task_id: 1,
      job_id: 3,
      model: "model-a",
      pid: process.pid,
      heartbeat_at: ago(1),
      log_path: database.path,
      input_tokens: 2 ** 53 - 1,
      output_tokens: 1,
      cache_read_tokens: 0,
      cache_creation_tokens: 7,
      cost_usd: 1.25,
    }),
    run(2),
    run(3, { host: "elsewhere", pid: 1 }),
    run(4, { model: "model-b", finished_at: ago(1), cost_usd: 0.000_001 }),
    run(5, { finished_at: ago(1) }),
  );
  const opened = { failures: 5, opened_at: ago(9), retry_at: ago(-9), updated_at: ago(9) };
  database.insert("circuit_breakers", { name: "a", state: "open", ...opened });
  database.insert("circuit_breakers", { name: "b", state: "closed", updated_at: ago(9) });
  database.insert("serial_gates", { scope: "a", holder_task_id: 1, acquired_at: ago(9), waiting: 2 });
  database.insert("serial_gates", { scope: "b" });
}

const drop =
  (...tables: string[]) =>
  ({ connection }: TestDatabase) => {
    for (const table of tables) connection.exec(`DROP TABLE ${table}`);
  };

function failedParts({ stages, queue, agents, cost }: GetMetricsResponseJson): string[] {
  const parts = {
    stages,
    queue,
    "queue.breakers": queue?.breakers,
    "queue.gates": queue?.gates,
    agents,
    cost,
  };
  return Object.entries(parts).flatMap(([name, part]) => (part?.error ? [name] : []));
}

describe("metrics.schema.json matches the GET /metrics response for", () => {
  const databases: [string, (database: TestDatabase) => void, string[]][] = [
    ["an empty database", () => {}, []],
    ["every kind of row", insertEveryKind, []],
    ["no jobs and no runs", drop("jobs", "agent_runs"), ["queue", "agents", "cost"]],
    ["no guards", drop("circuit_breakers", "serial_gates"), ["queue.breakers", "queue.gates"]],
    [
      "a cell of the wrong type",
      ({ insert }) => insert("tasks", task(1, Buffer.from([1]) as unknown as string)),
      ["stages"],
    ],
  ];
  for (const [name, prepare, broken] of databases) {
    it(`${name} (${broken.join(", ") || "nothing"} fails)`, async () => {
      prepare(service.database());
      const envelope = await service.metrics();
      expect(failedParts(envelope)).toEqual(broken);
      expectEnvelope(envelope);
    });
  }

  it("neither a database nor procfs", async () => {
    using database = createDatabase();
    const args = ["--proc-root", database.directory];
    await using missing = await startInProcess(join(database.directory, "later.db"), { args });
    const envelope = await missing.metrics();
    expect(envelope.cost?.totals).toBeNull();
    expectEnvelope(envelope);
  });

  it("every mask", async () => {
    insertEveryKind(service.database());
    for (const mask of [...SECTIONS, "queue,cost", "stages,agents,cost", ""]) {
      const envelope = await service.metrics(`?read_mask=${mask}`);
      const expected = mask === "" ? SECTIONS : mask.split(",");
      expect(SECTIONS.filter((section) => section in envelope)).toEqual(expected);
      expectEnvelope(envelope);
    }
  });

  it("every field set, or none", () => {
    for (const double of [0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      expectEnvelope(JSON.parse(envelopeText(filled(GetMetricsResponseSchema, double))));
    expectEnvelope(JSON.parse(envelopeText(create(GetMetricsResponseSchema))));
  });
});

describe("metrics.schema.json", () => {
  const envelope = JSON.parse(envelopeText(filled(GetMetricsResponseSchema, 1))) as Json;
  const isMapKey = (place: string) => place.endsWith(".a key");
  const isAccepted = (changes: Iterable<{ place: string; envelope: Json }>) =>
    [...changes].filter((change) => isEnvelope(change.envelope)).map(({ place }) => place);

  it("rejects a value of another type in every place", () => {
    const changes = changed(envelope, (holder, key) => {
      holder[key] = Array.isArray(holder[key]) ? "text" : [];
    });
    expect(isAccepted(changes)).toEqual([]);
  });

  it("rejects a missing key, except a section's", () => {
    const isKey = (place: string) => !isMapKey(place) && !/\.\d+$/.test(place);
    const changes = changed(envelope, (holder, key) => delete holder[key], isKey);
    expect(isAccepted(changes)).toEqual(SECTIONS);
  });

  it("accepts a key that a later version adds, in every object", () => {
    const isKey = (place: string) => !isMapKey(place) && !/\.\d+$/.test(place);
    for (const change of changed(envelope, (holder) => Object.assign(holder, { later: true }), isKey))
      expectEnvelope(change.envelope);
  });

  it("rejects an invalid time, a fractional count, and text in place of a number", () => {
    const wrong = { generated_at: "yesterday", schema_version: 1.5, clk_tck: 2 ** 31, collect_seconds: "1" };
    for (const [key, value] of Object.entries(wrong))
      expect(isEnvelope({ ...(envelope as object), [key]: value }), key).toBe(false);
  });
});

describe("metrics.openapi.json", () => {
  it("is an OpenAPI 3.1 document", async () => {
    const validator = new Validator();
    expect(await validator.validate({ ...structuredClone(OPENAPI) })).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
  });

  it("has the service's paths, and each responds as documented", async () => {
    insertEveryKind(service.database());
    const { message } = (await (await service.get("/nothing")).json()) as { message: string };
    expect(Object.keys(OPENAPI.paths).sort()).toEqual(message.match(/\/[a-z.]+/g)?.sort());
    for (const path of Object.keys(OPENAPI.paths)) {
      const answer = await service.get(path);
      expect(answer.status, path).toBe(200);
      await expectDocumented(path, answer);
      const refused = await service.get(path, { method: "POST", body: "{}" });
      expect(refused.status, path).toBe(405);
      await expectDocumented(path, refused);
    }
    const unknown = await service.get("/metrics?read_mask=everything");
    expect(unknown.status).toBe(400);
    await expectDocumented("/metrics", unknown);
    const unacceptable = await service.get("/metrics", { headers: { accept: "text/html" } });
    expect(unacceptable.status).toBe(406);
    await expectDocumented("/metrics", unacceptable);
    const { parameters, responses } = OPENAPI.paths["/metrics"]?.get ?? {};
    expect(parameters?.map(({ name }) => name)).toEqual(["read_mask", "format"]);
    const given = (parameters?.[1]?.schema.enum ?? []).map(async (format) => {
      const answer = await service.get(`/metrics?format=${format}`);
      return answer.headers.get("content-type");
    });
    expect((await Promise.all(given)).sort()).toEqual(Object.keys(responses?.[200]?.content ?? {}).sort());
    await expectDocumented("/metrics", await service.get("/nothing"), { byDefault: true });
  });

  it("documents access: by bearer token with a token file, and by this host's names", async () => {
    using database = createDatabase();
    insertEveryKind(database);
    const tokens = join(database.directory, "tokens");
    writeFileSync(tokens, "a-token-of-the-contract-s-test\n", { mode: 0o600 });
    const args = ["--token-file", tokens, "--open-health", "false"];
    await using own = await startInProcess(database.path, { args });
    const { type, scheme } = OPENAPI.components.securitySchemes.bearer ?? {};
    const headers = { authorization: `${scheme} a-token-of-the-contract-s-test` };
    expect({ type, security: OPENAPI.security }).toEqual({ type: "http", security: [{ bearer: [] }, {}] });
    await eventually("it is ready", async () => (await own.get("/ready", { headers })).ok);
    for (const path of Object.keys(OPENAPI.paths)) {
      const anonymous = await own.get(path);
      expect(anonymous.status, path).toBe(401);
      await expectDocumented(path, anonymous);
      const known = await own.get(path, { headers });
      expect(known.status, path).toBe(200);
      await expectDocumented(path, known);
      const answer = await byHttp1(own.url + path, { headers: { ...headers, host: "rebound.example" } });
      expect(answer.status, path).toBe(403);
      const { status, body } = answer;
      const json = { "content-type": String(answer.headers["content-type"]) };
      await expectDocumented(path, new Response(body, { status, headers: json }));
    }
  });

  it("documents the responses without a database, and with the kill switch off", async () => {
    using database = createDatabase();
    const missing = join(database.directory, "later.db");
    await using own = await startInProcess(missing, { env: { ORCH_METRICS_ENABLED: "false" } });
    for (const path of ["/ready", "/status", "/queue"]) {
      const answer = await own.get(path);
      expect(answer.status, path).toBe(503);
      await expectDocumented(path, answer);
    }
    const answer = await own.get("/metrics");
    expect(answer.status).toBe(501);
    await expectDocumented("/metrics", answer);
  });
});
