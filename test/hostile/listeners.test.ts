/** The limits apply on every listener: over TLS, which adds a connection layer, and on a Unix socket. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startInProcess } from "../service/in-process.ts";
import { createDatabase } from "../support/database.ts";
import { eventually, startProgram } from "../support/service.ts";
import { openRaw, type Raw } from "./support/raw.ts";
import {
  expectLimitsOnSocket,
  expectLimitsOverTls,
  OVER_TLS,
  THREE_CONNECTIONS,
} from "./support/three-connections.ts";

describe("the limits", () => {
  it("apply over TLS, including a handshake that never starts", async () => {
    using database = createDatabase();
    await using service = await startInProcess(database.path, { args: OVER_TLS });
    await expectLimitsOverTls(service);
  });

  it("apply on a Unix socket", async () => {
    using database = createDatabase();
    const directory = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
    try {
      const place = ["--socket", join(directory, "socket")];
      await using service = await startProgram(database.path, { place, args: THREE_CONNECTIONS });
      await expectLimitsOnSocket(service);
      expect(await service.stop()).toBe(0);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe("--max-connections", () => {
  it("limits the number of connections, and the log reports when the limit is reached", async () => {
    using database = createDatabase();
    await using service = await startInProcess(database.path, { args: THREE_CONNECTIONS });
    const port = Number(new URL(service.url).port);
    const opened: Raw[] = [];
    for (let index = 0; index < 4; index += 1) opened.push(await openRaw(port));
    await opened[0]?.closed;
    expect(opened.slice(1).every(({ socket }) => !socket.destroyed)).toBe(true);
    await eventually("the log says so", () =>
      service.log().includes("closed a connection: too many connections were open, and it was idle longest"),
    );
    for (const raw of opened) raw[Symbol.dispose]();
  });
});
