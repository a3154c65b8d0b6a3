/** The package's client against the running service, and against servers that misbehave. */
import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Code, createMetricsClient } from "../../client/index.ts";
import { type SharedService, startShared } from "../service/shared-service.ts";
import { run, task } from "../support/database.ts";
import { countedWire } from "./counted-wire.ts";
import { fillLarge, TASKS } from "./large-service.ts";

type Listener = Parameters<typeof createServer>[1];

async function withServer<T>(
  listener: NonNullable<Listener>,
  work: (baseUrl: string) => Promise<T>,
): Promise<T> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  try {
    return await work(`http://127.0.0.1:${port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe("createMetricsClient", () => {
  let service: SharedService;
  beforeAll(async () => {
    service = await startShared();
  });
  afterAll(() => service?.[Symbol.asyncDispose]());

  for (const json of [false, true]) {
    it(`returns the typed envelope as ${json ? "JSON" : "binary"}`, async () => {
      const database = service.database();
      database.insert("tasks", task(1, "review"));
      database.insert("agent_runs", run(1, { cost_usd: 1.5 }));
      const client = createMetricsClient({ baseUrl: `${service.url}/`, json });
      const envelope = await client.getMetrics({ readMask: { paths: ["stages", "cost"] } });
      expect(envelope.stages?.counts).toEqual({ review: 1 });
      expect(envelope.cost?.totals?.costUsd).toBe(1.5);
      expect(envelope.queue).toBeUndefined();
    });
  }

  it("gets a whole response of more than one MiB with gzip", async () => {
    fillLarge(service.database());
    await using wire = await countedWire(new URL(service.url));
    const client = createMetricsClient({ baseUrl: `http://${wire.host}` });
    const { stages } = await client.getMetrics({});
    expect(stages?.tasks).toHaveLength(TASKS);
    expect(wire.received()).toBeLessThan(200_000);
  });

  it("sends a GET with the token", async () => {
    const seen: (string | undefined)[] = [];
    await withServer(
      (request, response) => {
        seen.push(request.method, request.headers.authorization);
        response.writeHead(401, { "content-type": "application/json" });
        response.end('{"code":"unauthenticated","message":"who are you?"}');
      },
      async (baseUrl) => {
        for (const token of ["fixed", async () => "fetched"]) {
          const client = createMetricsClient({ baseUrl, token });
          await expect(client.getMetrics({})).rejects.toMatchObject({ code: Code.Unauthenticated });
        }
      },
    );
    expect(seen).toEqual(["GET", "Bearer fixed", "GET", "Bearer fetched"]);
  });

  it("gives up on a silent server at its timeout", async () => {
    await withServer(
      () => {},
      async (baseUrl) => {
        const client = createMetricsClient({ baseUrl, timeoutMs: 100 });
        await expect(client.getMetrics({})).rejects.toMatchObject({ code: Code.DeadlineExceeded });
      },
    );
  });

  it("is cancelled by a signal", async () => {
    await withServer(
      () => {},
      async (baseUrl) => {
        const leaving = new AbortController();
        const call = createMetricsClient({ baseUrl }).getMetrics({}, { signal: leaving.signal });
        leaving.abort();
        await expect(call).rejects.toMatchObject({ code: Code.Canceled });
      },
    );
  });

  it("names an invalid base URL in its error", () => {
    for (const baseUrl of ["127.0.0.1:9977", "", "/", "ftp://127.0.0.1"])
      expect(() => createMetricsClient({ baseUrl }), baseUrl).toThrow(
        `baseUrl: "${baseUrl}" is not a valid URL: use for example "http://127.0.0.1:9977"`,
      );
  });

  it("rejects with a code that gives the reason", async () => {
    const client = createMetricsClient({ baseUrl: service.url });
    await expect(client.getMetrics({ readMask: { paths: ["cots"] } })).rejects.toMatchObject({
      code: Code.InvalidArgument,
      rawMessage: 'read_mask: unknown section "cots": use stages, queue, agents, cost',
    });
    // This must be the last test that needs the service.
    await service.stop();
    await expect(client.getMetrics({})).rejects.toMatchObject({ code: Code.Unavailable });
  });
});
