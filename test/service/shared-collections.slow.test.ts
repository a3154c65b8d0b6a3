/** The sources are read once for any number of concurrent clients, over any protocol. */
import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import { Code, createClient } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { describe, expect, it } from "vitest";
import { createMetricsClient } from "../../client/index.ts";
import { Health } from "../../gen/grpc/health/v1/health_pb.js";
import { MetricsService } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { type Handler, mountMetrics, type Repository } from "../../src/index.ts";
import { eventually } from "../support/service.ts";

/** Starts a service over HTTP/1.1 and HTTP/2 that counts its readings. Each reading lasts until `release`. */
async function startCounted() {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  let readings = 0;
  const repository: Repository = {
    async read() {
      readings += 1;
      await released;
      return { sourceEpoch: "e", parts: {} };
    },
    close: async () => {},
  };
  const mounted = mountMetrics({ repository });
  const requests: Parameters<Handler>[0][] = [];
  const handler: Handler = (request, response) => {
    requests.push(request);
    mounted.handler(request, response);
  };
  const http1 = createServer(handler);
  const http2 = createHttp2Server(handler);
  const [url1, url2] = await Promise.all([http1, http2].map(listening));
  return {
    url1: url1 as string,
    url2: url2 as string,
    release,
    readings: () => readings,
    /** The number of requests that arrived completely. */
    arrived: () => requests.filter(({ complete }) => complete).length,
    async [Symbol.asyncDispose]() {
      http1.closeAllConnections();
      http1.close();
      http2.close();
      await mounted.close();
    },
  };
}

async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("five hundred concurrent clients", () => {
  it("cost two collections: the running one, and the next for all that arrived meanwhile", async () => {
    await using service = await startCounted();
    const { url1, url2 } = service;
    const transports = [
      createConnectTransport({ baseUrl: url1, httpVersion: "1.1" }),
      createConnectTransport({ baseUrl: url2, httpVersion: "2", useBinaryFormat: false }),
      createGrpcTransport({ baseUrl: url2 }),
      createGrpcWebTransport({ baseUrl: url1, httpVersion: "1.1" }),
      createGrpcWebTransport({ baseUrl: url2, httpVersion: "2" }),
    ];
    const byGet = createMetricsClient({ baseUrl: url1, timeoutMs: 60_000 });
    const ways: (() => Promise<unknown>)[] = [
      ...transports.map((transport) => () => createClient(MetricsService, transport).getMetrics({})),
      () => byGet.getMetrics({}),
      async () => expect((await fetch(`${url1}/metrics`)).status).toBe(200),
      async () => expect((await fetch(`${url1}/metrics?format=prometheus`)).status).toBe(200),
    ];
    const byRpc = [byGet, ...transports.map((transport) => createClient(MetricsService, transport))];
    const refusals: (() => Promise<unknown>)[] = [
      ...byRpc.map((client) => async () => {
        const call = client.getMetrics({ readMask: { paths: ["cots"] } });
        await expect(call).rejects.toMatchObject({ code: Code.InvalidArgument });
      }),
      async () => expect((await fetch(`${url1}/metrics?read_mask=cots`)).status).toBe(400),
    ];
    const answers = Array.from({ length: 500 }, (_, index) => ways[index % ways.length]?.());
    await eventually("all are there", () => service.arrived() === 500, 60);
    // A body that arrived must still be parsed. Refusals of later requests, over each protocol, show that all
    // bodies were.
    for (const refused of refusals) for (let round = 0; round < 3; round += 1) await refused();
    service.release();
    await Promise.all(answers);
    expect(service.readings()).toBe(2);
  }, 90_000);
});

describe("fifty health watchers", () => {
  it("cost one check a second", async () => {
    await using service = await startCounted();
    service.release();
    // A connection may have sixteen open calls.
    const connections = Array.from({ length: 5 }, () =>
      createClient(Health, createGrpcTransport({ baseUrl: service.url2 })),
    );
    const leaving = new AbortController();
    let received = 0;
    const watchers = Array.from({ length: 50 }, async (_, index) => {
      const statuses = (connections[index % 5] as (typeof connections)[number]).watch(
        { service: "" },
        { signal: leaving.signal },
      );
      for await (const _ of statuses) received += 1;
    });
    await eventually("each is reported", () => received === 50, 30);
    const before = service.readings();
    const began = performance.now();
    await eventually("it was examined a few times", () => service.readings() >= before + 3);
    const looks = service.readings() - before;
    leaving.abort();
    await Promise.allSettled(watchers);
    expect(looks).toBeLessThanOrEqual((performance.now() - began) / 1_000 + 1);
    expect(received).toBe(50);
  });
});
