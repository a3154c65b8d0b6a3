/** However many clients ask at once, and however they ask, the sources are read once. */

import { once } from "node:events";
import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { createMetricsClient } from "../../client/index.ts";
import { mountMetrics, type Repository } from "../../src/index.ts";

describe("five hundred clients at once", () => {
  it("share a handful of collections: one that runs, and the next for all who came meanwhile", async () => {
    let readings = 0;
    const repository: Repository = {
      async read() {
        readings += 1;
        await new Promise((resolve) => setTimeout(resolve, 300));
        return { sourceEpoch: "e", parts: {} };
      },
      close: async () => {},
    };
    const mounted = mountMetrics({ repository });
    const server = createServer(mounted.handler).listen(0, "127.0.0.1");
    await once(server, "listening");
    const baseUrl = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    const client = createMetricsClient({ baseUrl, timeoutMs: 20_000 });
    const epochs = await Promise.all(
      Array.from({ length: 500 }, async (_, index) => {
        if (index % 2 === 0) return (await client.getMetrics({})).sourceEpoch;
        const envelope = (await (await fetch(`${baseUrl}/metrics`)).json()) as { source_epoch: string };
        return envelope.source_epoch;
      }),
    );
    expect(new Set(epochs)).toEqual(new Set(["e"]));
    // Five hundred connections take longer to open than one collection lasts; each round still serves whoever waits.
    expect(readings).toBeLessThanOrEqual(6);
    server.closeAllConnections();
    server.close();
    await mounted.close();
  });
});
