/** Tests of reflection and health that run over any third-party client. */
import { renameSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase } from "../support/database.ts";
import { eventually, startReady } from "../support/service.ts";
import { startInProcess } from "./in-process.ts";
import { type SharedService, startShared } from "./shared-service.ts";

export const SERVICE = "orchestrator.metrics.v1.MetricsService";

interface Status {
  readonly status: string;
}

interface Watching {
  /** The statuses received so far. */
  readonly heard: readonly string[];
  /** Settles when the stream ends, for any reason. */
  readonly ended: Promise<unknown>;
}

export interface Client {
  /** Returns the response to one reflection request. */
  reflect(url: string, question: object): Promise<ReflectionAnswer>;
  check(url: string, service: string): Promise<Status>;
  /** Returns the name of the error code if the check fails. */
  refusal(url: string, service: string): Promise<string | undefined>;
  list(url: string): Promise<{ readonly statuses: Readonly<Record<string, Status>> }>;
  /** Watches the health of the whole service. */
  watch(url: string): Watching;
}

interface ReflectionAnswer {
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly unknown[] };
  readonly errorResponse?: { readonly errorCode: number; readonly errorMessage: string };
}

/** Defines the tests. Returns the service that most of them use. */
export function testReflectionAndHealth({
  reflect,
  check,
  refusal,
  list,
  watch,
}: Client): () => SharedService {
  let service: SharedService;
  beforeAll(async () => {
    service = await startShared();
  });
  afterAll(() => service?.[Symbol.asyncDispose]());

  describe("reflection", () => {
    it("finds a file by name and by every kind of symbol, with all its imports", async () => {
      const questions = [
        { fileByFilename: "orchestrator/metrics/v1/metrics.proto" },
        ...["", ".GetMetrics"].map((end) => ({ fileContainingSymbol: SERVICE + end })),
        { fileContainingSymbol: "orchestrator.metrics.v1.QueueSection.counts" },
      ];
      for (const question of questions) {
        const { fileDescriptorResponse } = await reflect(service.url, question);
        expect(fileDescriptorResponse?.fileDescriptorProto).toHaveLength(3);
      }
    });

    it("returns an error for an unknown symbol, and continues", async () => {
      expect(await reflect(service.url, { fileContainingSymbol: "no.Such" })).toMatchObject({
        errorResponse: { errorCode: 5, errorMessage: 'unknown symbol "no.Such"' },
      });
    });
  });

  describe("health", () => {
    it("follows the database for the server and for MetricsService, and rejects other names", async () => {
      const { path } = service.database();
      for (const name of ["", SERVICE]) expect(await check(service.url, name)).toEqual({ status: "SERVING" });
      const { statuses } = await list(service.url);
      expect(statuses).toEqual({ "": { status: "SERVING" }, [SERVICE]: { status: "SERVING" } });
      expect(await refusal(service.url, "no.Such")).toBe("not_found");
      renameSync(path, `${path}.away`);
      expect(await check(service.url, "")).toEqual({ status: "NOT_SERVING" });
      renameSync(`${path}.away`, path);
    });

    it("is NOT_SERVING for MetricsService while the kill switch is off", async () => {
      using database = createDatabase();
      await using off = await startInProcess(database.path, { env: { ORCH_METRICS_ENABLED: "false" } });
      expect(await check(off.url, SERVICE)).toEqual({ status: "NOT_SERVING" });
      expect(await check(off.url, "")).toEqual({ status: "SERVING" });
    });

    it("sends each change to its watchers, and ends with the service", async () => {
      using database = createDatabase();
      await using own = await startReady(database.path, { times: { lookSeconds: 0.05 } });
      const { heard, ended } = watch(own.url);
      await eventually("it serves", () => heard.at(-1) === "SERVING");
      renameSync(database.path, `${database.path}.away`);
      await eventually("it does not", () => heard.at(-1) === "NOT_SERVING");
      renameSync(`${database.path}.away`, database.path);
      await eventually("it serves again", () => heard.length === 3);
      expect(heard).toEqual(["SERVING", "NOT_SERVING", "SERVING"]);
      const began = performance.now();
      expect(await own.stop()).toBe(0);
      expect(performance.now() - began).toBeLessThan(3_000);
      await ended;
    });
  });

  return () => service;
}
