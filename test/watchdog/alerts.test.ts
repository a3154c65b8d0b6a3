/** Alerts: pending, firing, resolved, sent once, silenced, neither lost nor repeated. */
import { renameSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openAlertBook } from "../../watchdog/alerts/book.ts";
import { openSilences } from "../../watchdog/alerts/silences.ts";
import type { Alert, Silence } from "../../watchdog/api.ts";
import type { Thresholds } from "../../watchdog/config/thresholds.ts";
import { createDocuments } from "../../watchdog/history/documents.ts";
import { eventually } from "../support/service.ts";
import { cost, type EnvelopeInit, startFakeTarget } from "./support/fake-target.ts";
import { startReceiver, type TestReceiver } from "./support/receiver.ts";
import { createFolder, type Folder, startWatchdog, watchInProcess } from "./support/watchdog.ts";

const OPEN: EnvelopeInit = { queue: { breakers: { items: [{ name: "api", state: "open", failures: 5 }] } } };
const CLOSED: EnvelopeInit = { queue: { breakers: { items: [{ name: "api", state: "closed" }] } } };

/** Replaces the file atomically, since the watchdog may read it at any time. */
function writeThresholds(folder: Folder, text: string): void {
  writeFileSync(folder.file("thresholds.yaml.new"), text);
  renameSync(folder.file("thresholds.yaml.new"), folder.file("thresholds.yaml"));
}

function settings(folder: Folder, text: string): readonly string[] {
  writeThresholds(folder, text);
  return ["--thresholds", folder.file("thresholds.yaml"), "--history", folder.file("history.db")];
}

const AT_ONCE = "alerts: { resolve_after_seconds: 0 }\nrules: { breaker-open: { for_seconds: 0 } }";

const received = ({ taken }: TestReceiver) =>
  taken.map(({ body }) => {
    const { status, alert } = body as { status: string; alert: Alert };
    return `${status} ${alert.rule}`;
  });

describe("alerts", () => {
  it("fire and are resolved in time although the clock is set back", () => {
    const documents = createDocuments();
    const book = openAlertBook({
      ...{ documents, silences: openSilences(documents), runbookUrl: () => "", repeatMilliseconds: 0 },
      notify: () => {},
    });
    const limits = {
      alerts: { resolve_after_seconds: 30 },
      rules: { "breaker-open": { enabled: true, severity: "warning", for_seconds: 60 } },
    } as unknown as Thresholds;
    const stateAt = (now: number, isOpen = true) => {
      const findings = isOpen ? [{ labels: {}, summary: "", evidence: "" }] : [];
      book.update("breaker-open", "main", findings, limits, now);
      return [...book.open, ...book.past].map(({ state }) => state);
    };
    expect([stateAt(10_000_000), stateAt(0), stateAt(60_000)]).toEqual([
      ["pending"],
      ["pending"],
      ["firing"],
    ]);
    expect(stateAt(0, false)).toEqual(["resolved"]);
  });

  it("are pending for the configured time, fire once, and resolve when the condition ends", async () => {
    using folder = createFolder();
    await using target = await startFakeTarget(OPEN);
    await using webhook = await startReceiver();
    const waiting = (seconds: number) =>
      `alerts: { resolve_after_seconds: 1 }\nrules: { breaker-open: { for_seconds: ${seconds} } }`;
    await using watchdog = await startWatchdog([
      ...settings(folder, waiting(600)),
      ...["--target", `main=${target.url}`, "--webhook", `${webhook.url}/hook`],
    ]);
    await eventually(
      "it is pending",
      async () => (await watchdog.alert("breaker-open"))?.state === "pending",
    );
    await target.polls();
    expect((await watchdog.alert("breaker-open"))?.state).toBe("pending");
    expect(webhook.taken).toEqual([]);
    writeThresholds(folder, waiting(1));
    await eventually("it fires", async () => (await watchdog.alert("breaker-open"))?.state === "firing");
    const alert = await watchdog.alert("breaker-open");
    expect(alert).toMatchObject({
      severity: "warning",
      target: "main",
      labels: { breaker: "api" },
      summary: "the breaker api is open",
      evidence: "state open, 5 failures in a row",
      thresholds: { for_seconds: 1 },
      runbookUrl: `${watchdog.url}/runbooks/breaker-open?alert=${alert?.fingerprint}`,
    });
    expect((alert?.firedAt ?? 0) - (alert?.since ?? 0)).toBeGreaterThanOrEqual(1000);
    expect((await watchdog.summary("main")).firing).toBe(1);
    target.envelope = CLOSED;
    await eventually("it has ended", async () => (await watchdog.alert("breaker-open")) === undefined);
    expect((await watchdog.alerts()).past[0]).toMatchObject({ rule: "breaker-open", state: "resolved" });
    await eventually("both were sent", () => webhook.taken.length === 2);
    expect(received(webhook)).toEqual(["firing breaker-open", "resolved breaker-open"]);
    const logged = watchdog.log().flatMap((line) => (line.alert ? [line.alert.state] : []));
    expect(logged).toEqual(["firing", "resolved"]);
  });

  it("keep their state while nothing can be read", async () => {
    using folder = createFolder();
    await using target = await startFakeTarget(OPEN);
    await using watchdog = await watchInProcess([
      ...settings(folder, AT_ONCE),
      "--target",
      `main=${target.url}`,
    ]);
    await eventually("it fires", async () => (await watchdog.alert("breaker-open"))?.state === "firing");
    target.envelope = { queue: { error: { code: "unavailable", message: "no database" } } };
    await eventually(
      "the section is broken",
      async () => (await watchdog.alert("section-broken")) !== undefined,
    );
    expect((await watchdog.alert("breaker-open"))?.state).toBe("firing");
    target.instead = (_request, response) => response.destroy();
    await eventually("the target is down", async () => (await watchdog.alert("target-down")) !== undefined);
    expect((await watchdog.alert("breaker-open"))?.state).toBe("firing");
  });

  it.each(["SIGTERM", "SIGKILL"] as const)("are not repeated after a restart with %s", async (signal) => {
    using folder = createFolder();
    await using target = await startFakeTarget(OPEN);
    await using webhook = await startReceiver();
    const args = [...settings(folder, AT_ONCE), "--target", `main=${target.url}`, "--webhook", webhook.url];
    await using first = await startWatchdog(args);
    await eventually("the second alert arrives", () => webhook.taken.length === 1);
    const before = await first.alert("breaker-open");
    // The watchdog records the delivery right after the response. Three readings later it is recorded.
    await target.polls(3);
    await first.stop(signal);
    await using second = await watchInProcess(args);
    await eventually("it is read again", async () => (await second.summary("main")).state === "up");
    await target.polls();
    const after = await second.alert("breaker-open");
    expect(after).toMatchObject({ state: "firing", since: before?.since, firedAt: before?.firedAt });
    expect(webhook.taken).toHaveLength(1);
    expect(second.log().filter(({ alert }) => alert)).toEqual([]);
    target.envelope = CLOSED;
    await eventually("its end is reported", () => webhook.taken.length === 2);
    expect(received(webhook)).toEqual(["firing breaker-open", "resolved breaker-open"]);
  });

  it("wait for a receiver that is down, also across a restart", async () => {
    using folder = createFolder();
    await using target = await startFakeTarget(OPEN);
    await using webhook = await startReceiver();
    webhook.status = 503;
    const args = [...settings(folder, AT_ONCE), "--target", `main=${target.url}`, "--webhook", webhook.url];
    await using first = await startWatchdog(args);
    await eventually("it fires", async () => (await first.alert("breaker-open"))?.state === "firing");
    target.envelope = CLOSED;
    await eventually("it has ended", async () => (await first.alert("breaker-open")) === undefined);
    await first.stop("SIGKILL");
    webhook.status = 200;
    await using _second = await watchInProcess(args);
    await eventually("its latest state arrives", () => webhook.taken.length > 0);
    expect(received(webhook)).toEqual(["resolved breaker-open"]);
    // The next alert shows that nothing else was pending.
    target.envelope = OPEN;
    await eventually("the next one arrives", () => webhook.taken.length > 1);
    expect(received(webhook)).toEqual(["resolved breaker-open", "firing breaker-open"]);
    expect(new Set(webhook.taken.map(({ id }) => id)).size).toBe(2);
  });

  it("are not sent while silenced, and are sent when the silence ends", async () => {
    using folder = createFolder();
    await using target = await startFakeTarget(OPEN);
    await using webhook = await startReceiver();
    await using watchdog = await watchInProcess([
      ...settings(folder, "rules: { breaker-open: { for_seconds: 600 } }"),
      ...["--target", `main=${target.url}`, "--webhook", webhook.url],
    ]);
    await eventually(
      "it is pending",
      async () => (await watchdog.alert("breaker-open"))?.state === "pending",
    );
    const { fingerprint = "" } = (await watchdog.alert("breaker-open")) ?? {};
    const silence = (await (await watchdog.silence({ fingerprint, seconds: 600 })).json()) as Silence;
    expect(silence.until).toBeGreaterThan(Date.now() + 590_000);
    writeThresholds(folder, "rules: { breaker-open: { for_seconds: 0 } }");
    await eventually("it fires", async () => (await watchdog.alert("breaker-open"))?.state === "firing");
    await target.polls();
    expect(webhook.taken).toEqual([]);
    expect((await watchdog.alert("breaker-open"))?.silence).toEqual(silence);
    await watchdog.get(`/api/silences/${silence.id}`, { method: "DELETE" });
    expect((await watchdog.alert("breaker-open"))?.silence).toBeUndefined();
    await eventually("the second alert arrives", () => webhook.taken.length > 0);
    expect(received(webhook)).toEqual(["firing breaker-open"]);
  });

  it("about cost use the money spent, not a sum that a new database or a cleanup changes", async () => {
    using folder = createFolder();
    await using target = await startFakeTarget(cost(1, { large: 1000 }));
    await using watchdog = await watchInProcess([
      ...settings(folder, "budget: { per_hour_usd: 5, per_day_usd: 5 }"),
      ...["--target", `main=${target.url}`],
    ]);
    const spent = async () => (await watchdog.target("main")).spend;
    await eventually("it is read", async () => (await spent()).todayUsd === 0);
    target.envelope = cost(2, { large: 1003 });
    await eventually("three are spent", async () => Math.round((await spent()).lastHourUsd ?? 0) === 3);
    expect(await watchdog.alert("cost-per-hour")).toBeUndefined();
    target.envelope = cost(1, { large: 1 });
    await target.polls();
    target.envelope = { ...cost(9, { large: 9000 }), sourceEpoch: "two" };
    await target.polls();
    expect(Math.round((await spent()).lastHourUsd ?? 0)).toBe(3);
    target.envelope = { ...cost(9, { large: 9004 }), sourceEpoch: "two" };
    await eventually(
      "the budget is spent",
      async () => (await watchdog.alert("cost-per-hour")) !== undefined,
    );
    expect(await spent()).toMatchObject({ budgetPerHourUsd: 5, budgetPerDayUsd: 5, unpricedRuns: 0 });
    expect((await watchdog.alert("cost-per-day"))?.thresholds).toEqual({ per_day_usd: 5, for_seconds: 0 });
    expect((await watchdog.alert("cost-per-day"))?.evidence).toBe(
      "$7.00 today, 140 % of the budget of $5.00",
    );
  });

  it("about a gate keep their state while the number of waiting tasks is unknown", async () => {
    using folder = createFolder();
    const held = (waiting?: number): EnvelopeInit => {
      const acquiredAt = { seconds: BigInt(Math.floor(Date.now() / 1000) - 7200) };
      const gate = { scope: "repo:a", acquiredAt, ...(waiting !== undefined && { waiting }) };
      return { queue: { delayedJobs: 0, gates: { items: [gate] } } };
    };
    await using target = await startFakeTarget(held());
    await using watchdog = await watchInProcess([
      ...settings(
        folder,
        "alerts: { resolve_after_seconds: 0 }\nrules: { gate-held: { for_seconds: 0, waiting: 1 } }",
      ),
      ...["--target", `main=${target.url}`],
    ]);
    const state = async () => (await watchdog.alert("gate-held"))?.state;
    await target.polls(3);
    expect(await state()).toBeUndefined();
    target.envelope = held(2);
    await eventually("it fires", async () => (await state()) === "firing");
    target.envelope = held();
    await target.polls(3);
    expect(await state()).toBe("firing");
    target.envelope = held(0);
    await eventually("it is resolved", async () => (await state()) === undefined);
  });

  it("are raised by every rule for the queue, cost and sections", async () => {
    using folder = createFolder();
    const before: EnvelopeInit = {
      ...cost(10, { large: 1 }),
      // A service of version 0.1.0 omits zeros.
      queue: { counts: { queued: 1, done: 10, failed: 0 }, retries: { attemptsTotal: 10 } },
    };
    await using target = await startFakeTarget(before);
    await using watchdog = await watchInProcess([
      ...settings(
        folder,
        `rules:
${["queue-ageing", "queue-growing", "retry-storm", "breaker-open", "gate-held", "section-broken"].map((rule) => `  ${rule}: { for_seconds: 0 }`).join("\n")}`,
      ),
      ...["--target", `main=${target.url}`],
    ]);
    await eventually("it is read", async () => (await watchdog.summary("main")).state === "up");
    target.envelope = {
      ...cost(20, { large: 1 }, 5),
      queue: {
        counts: { queued: 100, done: 11, failed: 2 },
        oldestQueuedSeconds: 7200,
        retries: { attemptsTotal: 100, exhaustedJobs: 2 },
        breakers: { items: [{ name: "api", state: "open" }] },
        gates: {
          items: [
            {
              scope: "repo:a",
              holderTaskId: "7",
              acquiredAt: { seconds: BigInt(Math.floor(Date.now() / 1000) - 7200) },
            },
          ],
        },
      },
      stages: { error: { code: "unavailable", message: "locked" } },
    };
    const firing = async () =>
      (await watchdog.alerts()).open.filter(({ state }) => state === "firing").map(({ rule }) => rule);
    await eventually("all fire", async () => (await firing()).length >= 8);
    expect((await firing()).sort()).toEqual([
      "breaker-open",
      "gate-held",
      "jobs-exhausted",
      "queue-ageing",
      "queue-growing",
      "retry-storm",
      "section-broken",
      "unpriced-runs",
    ]);
    const evidence = Object.fromEntries(
      (await watchdog.alerts()).open.map((alert) => [alert.rule, alert.evidence]),
    );
    expect(evidence["gate-held"]).toContain("held by task 7");
    expect(evidence["queue-ageing"]).toContain("2 h");
    expect(evidence["section-broken"]).toBe("unavailable: locked");
  });
});
