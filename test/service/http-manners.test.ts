/** How the service answers what is not quite right: always in one shape, always with the mend. */
import { describe, expect, it } from "vitest";
import { createDatabase } from "../support/database.ts";
import { startProgram } from "../support/service.ts";

async function withService<T>(
  work: (service: Awaited<ReturnType<typeof startProgram>>) => Promise<T>,
): Promise<T> {
  using database = createDatabase();
  await using service = await startProgram(database.path, { args: ["--log-level", "debug"] });
  return await work(service);
}

describe("a request that is not quite right", () => {
  it("is told the path that it most likely meant", () =>
    withService(async ({ get }) => {
      for (const path of ["/metrics/", "/Metrics", "//metrics", "/%2fmetrics", "/METRICS//"]) {
        const answer = await get(path);
        expect(answer.status, path).toBe(404);
        expect(await answer.json()).toEqual({
          code: "not_found",
          message: "there is nothing here; it is /metrics",
        });
      }
      const { message } = (await (await get("/metric")).json()) as { message: string };
      expect(message).toBe(
        "there is nothing here; see /metrics, /health, /status, /queue, /ready, /openapi.json",
      );
    }));

  it("is refused a query parameter that is not known, by name; the frozen paths ignore it as ever", () =>
    withService(async ({ get }) => {
      const answer = await get("/metrics?readmask=cost");
      expect(answer.status).toBe(400);
      expect(await answer.json()).toEqual({
        code: "invalid_argument",
        message: 'the query parameter "readmask" is not known: it takes read_mask, format',
      });
      for (const path of ["/health", "/status", "/queue"])
        expect((await get(`${path}?time=1`)).status).toBe(200);
    }));

  it("is told by OPTIONS what a path answers", () =>
    withService(async ({ get }) => {
      const plain = await get("/metrics", { method: "OPTIONS" });
      expect([plain.status, plain.headers.get("allow"), await plain.text()]).toEqual([
        204,
        "GET, HEAD, OPTIONS",
        "",
      ]);
      const rpc = await get("/orchestrator.metrics.v1.MetricsService/GetMetrics", { method: "OPTIONS" });
      expect(rpc.headers.get("allow")).toBe("GET, POST, OPTIONS");
    }));

  it("is refused a body of more than 64 KiB", () =>
    withService(async ({ get }) => {
      const body = JSON.stringify({ read_mask: "x".repeat(70_000) });
      const headers = { "content-type": "application/json" };
      const rpc = await get("/orchestrator.metrics.v1.MetricsService/GetMetrics", {
        method: "POST",
        headers,
        body,
      });
      expect(rpc.status).toBe(429);
      expect(await rpc.json()).toMatchObject({ code: "resource_exhausted" });
    }));

  it("has its trace in the log, where its traceparent is one", () =>
    withService(async (service) => {
      const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
      await service.get("/metrics", { headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` } });
      await service.get("/metrics", { headers: { traceparent: '00-zz"},secret-1-1' } });
      expect(service.log()).toContain(`"path":"/metrics","trace":"${trace}"`);
      expect(service.log()).not.toContain("secret");
    }));
});
