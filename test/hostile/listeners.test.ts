/** The limits hold on every listener: over TLS, where a connection lies beneath the one that speaks, and on a Unix socket. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { describe, expect, it } from "vitest";
import { createDatabase } from "../support/database.ts";
import { eventually, startProgram } from "../support/service.ts";
import { statuses } from "./support/raw.ts";

const CERTIFICATE = new URL("../support/tls/certificate.pem", import.meta.url).pathname;
const KEY = new URL("../support/tls/key.pem", import.meta.url).pathname;
const REQUEST = "GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n";

/** With three connections at most: four silent ones, then one that asks, and then asks too much at once. */
async function expectLimits(
  place: readonly string[],
  open: (url: string) => Socket,
  over = open,
): Promise<void> {
  using database = createDatabase();
  await using service = await startProgram(database.path, { place, args: ["--max-connections", "3"] });
  const silent: Socket[] = [];
  for (let index = 0; index < 4; index += 1) {
    const socket = open(service.url).on("error", () => {});
    await once(socket, "connect");
    silent.push(socket);
  }
  await eventually("the oldest gave way", () => silent[0]?.resume().destroyed === true);
  const asking = over(service.url).on("error", () => {});
  let answers = "";
  asking.on("data", (chunk) => (answers += chunk));
  asking.write(REQUEST);
  await eventually("it is answered", () => statuses(answers).length === 1);
  asking.write(REQUEST.repeat(100));
  await once(asking, "close");
  await eventually("the log says why", () => service.log().includes("without waiting for answers"));
  for (const socket of silent) socket.destroy();
  expect(await service.stop()).toBe(0);
}

describe("the limits", () => {
  it("hold over TLS, a handshake that never comes included", () =>
    expectLimits(
      ["--port", "0", "--tls-certificate", CERTIFICATE, "--tls-key", KEY],
      (url) => connect(Number(new URL(url).port), "127.0.0.1"),
      (url) => tls.connect({ port: Number(new URL(url).port), host: "127.0.0.1", rejectUnauthorized: false }),
    ));

  it("hold on a Unix socket", async () => {
    const directory = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
    try {
      await expectLimits(["--socket", join(directory, "socket")], (url) => connect(url.replace("unix:", "")));
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
