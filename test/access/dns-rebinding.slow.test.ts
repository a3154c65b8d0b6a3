/** A page whose host name resolves to this machine can read neither program, however they are started. */

import { createServer, request } from "node:http";
import { describe, expect, it } from "vitest";
import { mountMetrics, openSqliteRepository } from "../../src/index.ts";
import { createDatabase } from "../support/database.ts";
import { startProgram } from "../support/service.ts";
import { startWatchdog } from "../watchdog/support/watchdog.ts";

/** Returns the status of a request with this Host header, or with several. */
function statusFor(port: number, host: string | readonly string[], path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = typeof host === "string" ? { host } : ["host", host[0], "host", host[1]];
    request({ port, host: "127.0.0.1", path, headers: headers as never }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on("error", reject)
      .end();
  });
}

async function expectGuarded(port: number, path: string, own: readonly string[] = []): Promise<void> {
  for (const host of ["evil.example", `evil.example:${port}`, "localhost.evil.example", "EVIL.example."])
    expect(await statusFor(port, host, path), host).toBe(403);
  for (const host of ["localhost", "localhost.", `LOCALHOST.:${port}`, "127.0.0.1", "[::1]", ...own])
    expect(await statusFor(port, host, path), host).toBe(200);
}

const portOf = (url: string): number => Number(new URL(url).port);

describe("a page's host name", () => {
  it("is rejected by the service as the image starts it: on every address, for anyone", async () => {
    using database = createDatabase();
    await using service = await startProgram(database.path, {
      place: ["--port", "0", "--host", "0.0.0.0"],
      args: ["--allow-anonymous"],
    });
    await expectGuarded(portOf(service.url), "/metrics", ["192.0.2.1:80"]);
  });

  it("is rejected by a service in an orchestrator's own process without tokens", async () => {
    using database = createDatabase();
    const metrics = mountMetrics({ repository: openSqliteRepository({ databasePath: database.path }) });
    const server = createServer(metrics.handler);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      await expectGuarded((server.address() as { port: number }).port, "/metrics", ["192.0.2.1:80"]);
    } finally {
      server.close();
      await metrics.close();
    }
  });

  it("is rejected by the watchdog, on loopback and on all addresses", async () => {
    for (const host of ["127.0.0.1", "0.0.0.0"]) {
      await using watchdog = await startWatchdog([
        ...["--target", "a=http://127.0.0.1:1", "--history", "none", "--host", host],
      ]);
      const port = portOf(watchdog.url);
      await expectGuarded(port, "/api/fleet");
      expect(await statusFor(port, ["localhost", "evil.example"], "/api/fleet")).not.toBe(200);
      expect(await statusFor(port, "[::1]evil.com", "/api/fleet")).toBe(403);
    }
  });
});
