/** The page's server: its paths, its events, and the requests it rejects. */
import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RULE_NAMES } from "../../watchdog/config/rules.ts";
import { exchange } from "../hostile/support/raw.ts";
import { eventually } from "../support/service.ts";
import { type FakeTarget, startFakeTarget } from "./support/fake-target.ts";
import { type WatchdogInProcess, watchInProcess } from "./support/watchdog.ts";

let target: FakeTarget;
let watchdog: WatchdogInProcess;

beforeAll(async () => {
  target = await startFakeTarget({ queue: { error: { code: "unavailable", message: "locked" } } });
  watchdog = await watchInProcess([
    ...["--target", `main=${target.url}`, "--history", "none", "--allowed-hosts", "watch.example"],
  ]);
  await eventually("it is read", async () => (await watchdog.alert("section-broken")) !== undefined);
});

afterAll(async () => {
  await watchdog[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

/** Sends a request with node:http, since `fetch` does not allow a Host header. */
function statusFor(
  headers: Record<string, string>,
  path = "/api/fleet",
  method = "GET",
  body = "",
): Promise<number> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(watchdog.url);
    httpRequest({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    })
      .once("error", reject)
      .end(body);
  });
}

describe("the page's server", () => {
  it("accepts only its own host names, so that DNS rebinding reads nothing", async () => {
    for (const host of ["localhost", "127.0.0.1:1234", "[::1]:9978", "LOCALHOST:9978", "watch.example"])
      expect([host, await statusFor({ host })]).toEqual([host, 200]);
    for (const host of ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example"])
      expect([host, await statusFor({ host })]).toEqual([host, 403]);
    expect(await statusFor({ host: "evil.example" }, "/api/events")).toBe(403);
    for (const path of ["/health", "/ready"])
      expect([path, await statusFor({ host: "10.1.2.3:9978" }, path)]).toEqual([path, 200]);
    expect(await statusFor({ host: "10.1.2.3:9978" }, "/metrics")).toBe(403);
  });

  it("handles OPTIONS, an unknown Expect and absolute URLs like the service", async () => {
    const port = Number(new URL(watchdog.url).port);
    const ask = (head: string) => exchange(port, `${head}connection: close\r\n\r\n`);
    const host = "HTTP/1.1\r\nhost: localhost:\r\n";
    for (const [head, allow] of [
      ["OPTIONS / HTTP/1.0\r\n", "GET, HEAD, OPTIONS"],
      [`OPTIONS * ${host}`, "GET, HEAD, OPTIONS"],
      [`OPTIONS /api/silences ${host}`, "POST, OPTIONS"],
      [`OPTIONS /api/silences/x ${host}`, "DELETE, OPTIONS"],
    ] as const)
      expect(await ask(head)).toMatch(new RegExp(`^HTTP/1.1 200 [^]*\r\nallow: ${allow}\r\n`));
    expect(await ask(`GET /api/silences ${host}`)).toMatch(
      /^HTTP\/1.1 405 [\s\S]*\r\nallow: POST, OPTIONS\r\n/,
    );
    const expectation = await exchange(port, `GET / ${host}expect: foo\r\n\r\n`);
    expect(expectation).toMatch(
      /^HTTP\/1.1 417 [\s\S]*\r\nconnection: close\r\n[\s\S]*"code":"unimplemented"/,
    );
    expect(await ask(`GET http://[::1]:/api/fleet ${host}`)).toMatch(/^HTTP\/1.1 200 [\s\S]*"targets"/);
    expect(await ask(`GET http://evil.example/api/fleet ${host}`)).toMatch(/^HTTP\/1.1 403 /);
  });

  it("accepts changes only from its own page", async () => {
    const fingerprint = (await watchdog.alert("section-broken"))?.fingerprint;
    const body = JSON.stringify({ fingerprint, seconds: 60 });
    const json = { "content-type": "application/json", host: "localhost:9978" };
    const post = (headers: Record<string, string>) => statusFor(headers, "/api/silences", "POST", body);
    expect(await post({ ...json, origin: "http://localhost:9978" })).toBe(200);
    expect(await post(json)).toBe(200);
    expect(await post({ ...json, origin: "http://evil.example" })).toBe(403);
    expect(await post({ ...json, origin: "null" })).toBe(403);
    expect(await post({ ...json, "sec-fetch-site": "cross-site" })).toBe(403);
    expect(await post({ ...json, "content-type": "text/plain" })).toBe(415);
    expect(
      await statusFor({ ...json, origin: "http://evil.example" }, `/api/silences/${fingerprint}`, "DELETE"),
    ).toBe(403);
    expect(await statusFor(json, `/api/silences/${fingerprint}`, "DELETE")).toBe(200);
    expect(await statusFor(json, `/api/silences/${fingerprint}`, "DELETE")).toBe(404);
  });

  it("reports what is wrong with a request", async () => {
    const error = async (path: string, init?: RequestInit) => {
      const answer = await watchdog.get(path, init);
      return [answer.status, ((await answer.json()) as { code: string }).code];
    };
    const post = (body: string) => ({
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    expect(await error("/api/targets/nobody")).toEqual([404, "not_found"]);
    expect(await error("/api/targets/nobody/series?from=1&to=2")).toEqual([404, "not_found"]);
    expect(await error("/api/targets/main/series?from=2&to=1")).toEqual([400, "invalid_argument"]);
    expect(await error("/api/targets/main/series")).toEqual([400, "invalid_argument"]);
    expect(await error("/api/nothing")).toEqual([404, "not_found"]);
    expect(await error("/../../etc/passwd")).toEqual([404, "not_found"]);
    expect(await error("/runbooks/..%2f..%2fREADME")).toEqual([404, "not_found"]);
    expect(await error("/api/silences", post("{"))).toEqual([400, "invalid_argument"]);
    expect(await error("/api/silences", post('{"fingerprint":"x"}'))).toEqual([400, "invalid_argument"]);
    expect(await error("/api/silences", post('{"fingerprint":"x","seconds":60}'))).toEqual([
      404,
      "not_found",
    ]);
    expect(await error("/api/silences", post(JSON.stringify("x".repeat(5000))))).toEqual([
      400,
      "invalid_argument",
    ]);
    for (const silence of [
      { seconds: 60 },
      { fingerprint: "x", rule: "agent-hung", seconds: 60 },
      { rule: 1, seconds: 60 },
      { rule: "agent-hung", seconds: 1e9 },
      { rule: "agent-hung", seconds: 60, comment: "x".repeat(501) },
    ])
      expect([silence, await error("/api/silences", post(JSON.stringify(silence)))]).toEqual([
        silence,
        [400, "invalid_argument"],
      ]);
    for (const silence of [{ rule: "constructor" }, { target: "nobody" }])
      expect(await error("/api/silences", post(JSON.stringify({ ...silence, seconds: 60 })))).toEqual([
        404,
        "not_found",
      ]);
    expect(await error("/api/fleet", { method: "PUT" })).toEqual([405, "unimplemented"]);
  });

  it("prevents the page from loading foreign resources and running inline code", async () => {
    const { headers } = await watchdog.get("/");
    expect(headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:;/,
    );
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
  });

  it("serves its page from source in less than 300 kB, and answers 304 for what the browser has", async () => {
    const html = await (await watchdog.get("/")).text();
    const files = [...html.matchAll(/(?:src|href)="(page\.[a-z]+)"/g)].map(([, name]) => `/${name}`);
    expect(files.toSorted()).toEqual(["/page.css", "/page.js"]);
    let bytes = html.length;
    for (const file of files) {
      const answer = await watchdog.get(file);
      expect([file, answer.status]).toEqual([file, 200]);
      bytes += (await answer.arrayBuffer()).byteLength;
      const headers = { "if-none-match": answer.headers.get("etag") ?? "" };
      expect((await watchdog.get(file, { headers })).status).toBe(304);
    }
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThan(300_000);
  });

  it("has a runbook for every rule", async () => {
    for (const rule of RULE_NAMES) {
      const answer = await watchdog.get(`/runbooks/${rule}`);
      expect([rule, answer.status, answer.headers.get("content-type")]).toEqual([
        rule,
        200,
        "text/html; charset=utf-8",
      ]);
    }
  });

  it("sends an event for each reading", async () => {
    const stop = new AbortController();
    const answer = await watchdog.get("/api/events", { signal: stop.signal });
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    let text = "";
    for await (const chunk of answer.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.includes("event: changed")) break;
    }
    expect(text).toContain('event: changed\ndata: {"targets":["main"]}\n\n');
    stop.abort();
  });
});
