/** A target or receiver, however large or hostile, affects only itself. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { eventually } from "../support/service.ts";
import { type EnvelopeInit, startFakeTarget } from "./support/fake-target.ts";
import { startReceiver } from "./support/receiver.ts";
import { createFolder, type RunningWatchdog, startWatchdog } from "./support/watchdog.ts";

const MEBIBYTE = 1024 * 1024;
const LONG = "n".repeat(200_000);

/** Returns the peak resident memory in MiB: proc_pid_status(5). */
function mostResident({ child }: RunningWatchdog): number {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "latin1")) ?? [];
  return Number(kilobytes) / 1024;
}

const agents = (count: number, name = "developer"): EnvelopeInit => ({
  agents: {
    running: Array.from({ length: count }, (_, index) => ({
      runId: `${index} ${name}`,
      agent: name,
      presence: "gone",
      pid: index + 1,
    })),
  },
});

const HOSTILE: Readonly<Record<string, EnvelopeInit>> = {
  "an envelope of more than 8 MiB": agents(50_000, "n".repeat(100)),
  "a hundred thousand agents": agents(100_000),
  "names of 200 kB": agents(20, LONG),
  "an error text of a megabyte": { queue: { error: { code: "internal", message: "e".repeat(MEBIBYTE) } } },
  "stages without number": {
    stages: {
      counts: Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`stage ${index}`, 1])),
    },
  },
  "models without number": {
    cost: {
      totals: { runs: 1, pricedRuns: 1, costUsd: 1 },
      byAgentModel: Array.from({ length: 50_000 }, (_, index) => ({ agent: "a", model: `model ${index}` })),
    },
  },
};

describe("a hostile target", () => {
  it("affects neither other targets nor the history nor the memory limit, whatever its envelope holds", async () => {
    using folder = createFolder();
    await using good = await startFakeTarget(agents(2));
    await using bad = await startFakeTarget();
    await using watchdog = await startWatchdog([
      ...["--target", `good=${good.url}`, "--target", `bad=${bad.url}`],
      ...["--history", folder.file("history.db"), "--history-size", "10MB"],
    ]);
    for (const [name, envelope] of Object.entries(HOSTILE)) {
      bad.envelope = envelope;
      const before = bad.requests.length;
      await eventually(`it was read with ${name}`, () => bad.requests.length > before + 3);
      const { targets, recording } = await watchdog.fleet();
      // It is slow only if the machine is busy.
      expect(["up", "slow"], name).toContain(targets.find(({ name: each }) => each === "good")?.state);
      expect(recording.on, name).toBe(true);
      for (const path of ["/api/fleet", "/api/alerts", "/api/targets/bad"])
        expect((await (await watchdog.get(path)).text()).length, `${path} with ${name}`).toBeLessThan(
          8 * MEBIBYTE,
        );
    }
    expect(mostResident(watchdog)).toBeLessThan(600);
    expect(statSync(folder.file("history.db")).size).toBeLessThan(10 * MEBIBYTE);
  });

  it("is shown with up to a thousand agents, and the omitted ones are counted", async () => {
    await using target = await startFakeTarget(agents(1_500));
    await using watchdog = await startWatchdog(["--target", `main=${target.url}`, "--history", "none"]);
    await eventually("it is read", async () => (await watchdog.summary("main")).state === "up");
    const { agents: shown, envelope } = await watchdog.target("main");
    expect(shown).toHaveLength(1_000);
    expect(envelope?.agents?.running_omitted).toBe(500);
  });

  it("with an endless response is down", async () => {
    await using target = await startFakeTarget();
    target.instead = (_request, response) => {
      response.writeHead(500, { "content-type": "application/json" });
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, "x")));
      };
      response.on("drain", more);
      more();
    };
    await using watchdog = await startWatchdog(["--target", `main=${target.url}`, "--history", "none"]);
    await eventually("it is down", async () => (await watchdog.summary("main")).state === "down");
    expect(mostResident(watchdog)).toBeLessThan(400);
  });
});

describe("a receiver with an endless error response", () => {
  it("is read only as far as the log quotes it", async () => {
    using folder = createFolder();
    await using target = await startFakeTarget({
      queue: { breakers: { items: [{ name: "api", state: "open" }] } },
    });
    await using webhook = await startReceiver();
    await using alertmanager = await startReceiver();
    let sent = 0;
    const endless: typeof webhook.instead = (response) => {
      response.writeHead(500);
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, "x"))) sent += 65_536;
      };
      response.on("drain", more);
      more();
    };
    webhook.instead = endless;
    alertmanager.instead = endless;
    writeFileSync(folder.file("thresholds.yaml"), "rules: { breaker-open: { for_seconds: 0 } }");
    await using watchdog = await startWatchdog([
      ...["--target", `main=${target.url}`, "--history", "none"],
      ...["--thresholds", folder.file("thresholds.yaml")],
      ...["--webhook", webhook.url, "--alertmanager", alertmanager.url],
    ]);
    for (const name of ["webhook", "alertmanager"])
      await eventually(`the log says so of ${name}`, () =>
        watchdog.log().some(({ receiver, detail }) => receiver === name && detail?.startsWith("500 xxx")),
      );
    for (const { detail } of watchdog.log()) expect((detail ?? "").length).toBeLessThan(300);
    expect(mostResident(watchdog)).toBeLessThan(400);
    expect(sent).toBeLessThan(64 * MEBIBYTE);
  });
});

describe("undelivered alerts", () => {
  it("are queued per target: a flood of one target's alerts does not displace another's", async () => {
    using folder = createFolder();
    await using flood = await startFakeTarget();
    await using quiet = await startFakeTarget({
      queue: { breakers: { items: [{ name: "api", state: "open" }] } },
    });
    await using webhook = await startReceiver();
    webhook.status = 503;
    writeFileSync(
      folder.file("thresholds.yaml"),
      "alerts: { resolve_after_seconds: 0 }\nrules: { breaker-open: { for_seconds: 0 }, agent-gone: { for_seconds: 0 } }",
    );
    const args = [
      ...["--target", `flood=${flood.url}`, "--target", `quiet=${quiet.url}`],
      ...["--history", folder.file("history.db"), "--thresholds", folder.file("thresholds.yaml")],
      ...["--webhook", webhook.url],
    ];
    const first = await startWatchdog(args);
    await eventually("the quiet target alerts", async () =>
      (await first.alerts()).open.some(({ target, state }) => target === "quiet" && state === "firing"),
    );
    for (let round = 0; round < 6; round += 1) {
      flood.envelope = agents(1_000, `round ${round}`);
      const before = flood.requests.length;
      await eventually("the flood is read", () => flood.requests.length > before + 2);
    }
    await eventually("the flood alerts", async () =>
      (await first.alerts()).open.some(({ target }) => target === "flood"),
    );
    await first.stop("SIGKILL");
    webhook.status = 200;
    await using second = await startWatchdog(args);
    await eventually("the quiet target's alert arrives among the first", () =>
      webhook.taken.some(({ body }) => (body as { alert: { target: string } }).alert.target === "quiet"),
    );
    const place = webhook.taken.findIndex(
      ({ body }) => (body as { alert: { target: string } }).alert.target === "quiet",
    );
    expect(place).toBeLessThan(3);
    expect(second.log().filter(({ receiver }) => receiver === "webhook").length).toBeLessThan(3);
  });
});
