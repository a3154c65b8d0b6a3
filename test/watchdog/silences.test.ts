/** Silences of an alert, a rule or a target: who may set them, and how they end. */
import { writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { describe, expect, it } from "vitest";
import type { Alert, Silence, SilenceRequest } from "../../watchdog/api.ts";
import { requires } from "../support/requires.ts";
import { eventually } from "../support/service.ts";
import { type EnvelopeInit, startFakeTarget } from "./support/fake-target.ts";
import { startReceiver, type TestReceiver } from "./support/receiver.ts";
import { createFolder, type Folder, type WatchdogInProcess, watchInProcess } from "./support/watchdog.ts";

const envelope = (...open: string[]): EnvelopeInit => ({
  queue: {
    breakers: { items: open.map((name) => ({ name, state: "open" })) },
    gates: { error: { code: "unavailable", message: "locked" } },
  },
});

function args(folder: Folder): readonly string[] {
  const rules = ["breaker-open", "section-broken"].map((rule) => `${rule}: { for_seconds: 0 }`);
  writeFileSync(
    folder.file("thresholds.yaml"),
    `alerts: { resolve_after_seconds: 0 }\nrules: { ${rules.join(", ")} }`,
  );
  return ["--thresholds", folder.file("thresholds.yaml"), "--history", folder.file("history.db")];
}

const silenced = async (watchdog: WatchdogInProcess) =>
  (await watchdog.alerts()).open
    .filter(({ silence }) => silence)
    .map(({ target, rule, labels }) => `${target} ${rule} ${labels.breaker ?? labels.section}`)
    .toSorted();

async function silence(
  watchdog: WatchdogInProcess,
  request: Omit<SilenceRequest, "seconds">,
): Promise<Silence> {
  const answer = await watchdog.silence({ ...request, seconds: 600 });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Silence;
}

const received = ({ taken }: TestReceiver) =>
  taken.map(({ body }) => {
    const { status, alert } = body as { status: string; alert: Alert };
    return `${status} ${alert.target} ${alert.labels.breaker ?? alert.labels.section}`;
  });

describe("a silence", () => {
  it("covers one alert, a rule, a target, or a rule of a target, and has a comment", async () => {
    using folder = createFolder();
    await using one = await startFakeTarget(envelope("api", "git"));
    await using two = await startFakeTarget(envelope("api"));
    await using watchdog = await watchInProcess([
      ...args(folder),
      ...["--target", `one=${one.url}`, "--target", `two=${two.url}`],
    ]);
    await eventually("all fire", async () => (await watchdog.alerts()).open.length === 5);
    const api = (await watchdog.alerts()).open.find(
      ({ target, labels }) => target === "one" && labels.breaker === "api",
    );
    const cases: readonly (readonly [Omit<SilenceRequest, "seconds">, readonly string[]])[] = [
      [{ fingerprint: api?.fingerprint ?? "", comment: "known" }, ["one breaker-open api"]],
      [{ rule: "breaker-open" }, ["one breaker-open api", "one breaker-open git", "two breaker-open api"]],
      [{ target: "two" }, ["two breaker-open api", "two section-broken queue.gates"]],
      [{ rule: "section-broken", target: "one" }, ["one section-broken queue.gates"]],
    ];
    for (const [request, expected] of cases) {
      const made = await silence(watchdog, request);
      expect(made).toMatchObject({ comment: "", ...request });
      expect(await silenced(watchdog)).toEqual(expected);
      expect((await watchdog.alerts()).silences).toEqual([made]);
      // Silencing the same again moves the end.
      const again = await silence(watchdog, request);
      expect(again.id).toBe(made.id);
      expect((await watchdog.alerts()).silences).toEqual([again]);
      const ended = await watchdog.get(`/api/silences/${made.id}`, { method: "DELETE" });
      expect(await ended.json()).toEqual(again);
      expect(await silenced(watchdog)).toEqual([]);
    }
  });

  it("holds back later alerts too, across a restart, until it ends", async () => {
    using folder = createFolder();
    await using target = await startFakeTarget(envelope());
    await using webhook = await startReceiver();
    const all = [...args(folder), "--target", `one=${target.url}`, "--webhook", webhook.url];
    const first = await watchInProcess(all);
    await eventually("the alert of the gates arrives", () => webhook.taken.length === 1);
    const { id } = await silence(first, { rule: "breaker-open", comment: "<maintenance>" });
    target.envelope = envelope("api");
    await eventually("it is silenced", async () => (await silenced(first)).length === 1);
    await first[Symbol.asyncDispose]();
    await using second = await watchInProcess(all);
    await target.polls();
    expect(await silenced(second)).toEqual(["one breaker-open api"]);
    expect((await second.alerts()).silences).toMatchObject([{ id, comment: "<maintenance>" }]);
    expect(await (await second.get("/metrics")).text()).toContain(
      'orch_watchdog_alerts{target="one",rule="breaker-open",severity="warning",state="silenced"} 1',
    );
    expect(received(webhook)).toEqual(["firing one queue.gates"]);
    // The next silence expires.
    expect((await second.silence({ rule: "breaker-open", seconds: 0.2 })).status).toBe(200);
    await eventually("the second alert arrives", () => webhook.taken.length === 2);
    expect(received(webhook)[1]).toBe("firing one api");
    expect((await second.alerts()).silences).toEqual([]);
  });

  it("requires a token from the silence token file if there is one", async () => {
    using folder = createFolder();
    await using target = await startFakeTarget(envelope());
    writeFileSync(folder.file("tokens"), "# ours\nfirst-token-first-token\nsecond-token-second-token\n");
    await using watchdog = await watchInProcess([
      ...args(folder),
      ...["--target", `one=${target.url}`, "--silence-token-file", folder.file("tokens")],
    ]);
    await eventually("it is read", async () => (await watchdog.summary("one")).state === "up");
    const ask = async (authorization: string | undefined) => {
      const answer = await watchdog.get("/api/silences", {
        method: "POST",
        headers: { "content-type": "application/json", ...(authorization && { authorization }) },
        body: JSON.stringify({ target: "one", seconds: 60 }),
      });
      return [answer.status, answer.headers.get("www-authenticate")];
    };
    for (const wrong of [
      undefined,
      "Bearer",
      "Bearer first-token",
      "Basic first-token-first-token",
      "Bearer # ours",
    ])
      expect([wrong, await ask(wrong)]).toEqual([wrong, [401, "Bearer"]]);
    expect(await ask("bearer second-token-second-token")).toEqual([200, null]);
    const id = (await watchdog.alerts()).silences[0]?.id;
    expect((await watchdog.get(`/api/silences/${id}`, { method: "DELETE" })).status).toBe(401);
    writeFileSync(folder.file("tokens"), "third-token-third-token\n");
    expect(await ask("Bearer second-token-second-token")).toEqual([401, "Bearer"]);
    expect(await ask("Bearer third-token-third-token")).toEqual([200, null]);
  });

  const address = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === "IPv4" && !one.internal)?.address;

  it(
    "is limited to clients on this machine without a token file",
    requires(address !== undefined, "a network"),
    async () => {
      using folder = createFolder();
      await using target = await startFakeTarget(envelope());
      await using watchdog = await watchInProcess([
        ...args(folder),
        ...["--target", `one=${target.url}`, "--host", address ?? ""],
      ]);
      await eventually("it is read", async () => (await watchdog.summary("one")).state === "up");
      const answer = await watchdog.silence({ target: "one", seconds: 60 });
      expect([answer.status, await answer.json()]).toEqual([
        403,
        {
          code: "permission_denied",
          message: "only clients on this machine may silence; set --silence-token-file to allow others",
        },
      ]);
      expect((await watchdog.alerts()).silences).toEqual([]);
    },
  );
});
