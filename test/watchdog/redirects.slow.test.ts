/** Redirects are not followed: the watchdog only contacts its configured targets and receivers. */

import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { expect, it } from "vitest";
import { eventually } from "../support/service.ts";
import { startFakeTarget } from "./support/fake-target.ts";
import { startReceiver } from "./support/receiver.ts";
import { createFolder, startWatchdog } from "./support/watchdog.ts";

const STATUSES = [300, 301, 302, 303, 307, 308];

/** Starts a server that is not configured in the watchdog. */
async function startElsewhere() {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    asked,
    url: `http://127.0.0.1:${port}/inside`,
    [Symbol.dispose]: () => void server.close(),
  };
}

it("a target that redirects is down, and the watchdog does not request the redirect's location", async () => {
  using elsewhere = await startElsewhere();
  await using target = await startFakeTarget();
  target.instead = (request, response) =>
    response
      .writeHead(Number(request.url?.split("/")[1]), { location: elsewhere.url })
      .end('{"code":"internal","message":"inside"}');
  const targets = STATUSES.flatMap((status) => ["--target", `by-${status}=${target.url}/${status}`]);
  await using watchdog = await startWatchdog([...targets, "--history", "none"]);
  await eventually("all are down", async () =>
    (await watchdog.fleet()).targets.every(({ state }) => state === "down"),
  );
  for (const status of STATUSES) {
    const { note } = await watchdog.summary(`by-${status}`);
    expect(note).toContain(`redirects (HTTP ${status})`);
  }
  expect(elsewhere.asked).toEqual([]);
});

it("a receiver that redirects has not accepted the alert, which stays queued, and the log reports it", async () => {
  using folder = createFolder();
  using elsewhere = await startElsewhere();
  await using target = await startFakeTarget({
    queue: { breakers: { items: [{ name: "api", state: "open" }] } },
  });
  await using webhook = await startReceiver();
  await using alertmanager = await startReceiver();
  // If followed, a 301 becomes a GET without the alert, and a 307 repeats the whole request.
  webhook.status = 301;
  alertmanager.status = 307;
  for (const receiver of [webhook, alertmanager]) receiver.headers = { location: elsewhere.url };
  writeFileSync(folder.file("thresholds.yaml"), "rules: { breaker-open: { for_seconds: 0 } }");
  await using watchdog = await startWatchdog([
    ...["--target", `main=${target.url}`, "--history", "none"],
    ...["--thresholds", folder.file("thresholds.yaml")],
    ...["--webhook", webhook.url, "--alertmanager", alertmanager.url],
  ]);
  for (const [name, status] of [
    ["webhook", 301],
    ["alertmanager", 307],
  ] as const)
    await eventually(`the log says so of ${name}`, () =>
      watchdog
        .log()
        .some(({ receiver, detail }) => receiver === name && detail?.includes(`redirects (HTTP ${status})`)),
    );
  for (const receiver of [webhook, alertmanager]) receiver.status = 200;
  for (const receiver of [webhook, alertmanager])
    await eventually("it is sent again, and arrives", () => receiver.taken.length > 0);
  expect(elsewhere.asked).toEqual([]);
});
