/**
 * No token, password or part of a credential file leaves the watchdog, whatever its files and settings
 * contain.
 */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readConfig } from "../../watchdog/config/settings.ts";
import { testAlert } from "../../watchdog/test-alert.ts";
import { eventually } from "../support/service.ts";
import { startFakeTarget } from "./support/fake-target.ts";
import { startReceiver } from "./support/receiver.ts";
import { createFolder, runWatchdog, startWatchdog, watchInProcess } from "./support/watchdog.ts";

const SECRET = "s3cret-s3cret-s3cret";

/** What a token file may contain, by mistake or with reason. */
const UNUSABLE: Readonly<Record<string, string>> = {
  "a private key": `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----\n`,
  "a NUL": `${SECRET}\0\n`,
  "a line break within": `${SECRET}\r${SECRET}\n`,
  "a token with a space": `Bearer ${SECRET}\n`,
  "a short token": "s3cret\n",
  "letters of another script": `${SECRET}é\n`,
};

describe("a token file", () => {
  it.each([
    ["one token a line, of which it sends the first", `${SECRET}\nanother-another-another\n`],
    ["comments and blank lines", `# ${SECRET}x is gone\n\n  ${SECRET}  \n# end\n`],
    ["a byte order mark", `\ufeff${SECRET}\n`],
    ["Windows line ends", `${SECRET}\r\nanother-another-another\r\n`],
  ])("may contain %s", async (_name, text) => {
    using folder = createFolder();
    writeFileSync(folder.file("token"), text);
    await using target = await startFakeTarget();
    await using _watchdog = await watchInProcess([
      ...["--target", `main=${target.url}`, "--token-file", folder.file("token"), "--history", "none"],
    ]);
    await eventually("it gets a request", () => target.requests.length > 0);
    expect(target.requests[0]?.headers.authorization).toBe(`Bearer ${SECRET}`);
  });

  it("that is invalid keeps its contents out of the API, alerts, the log, webhooks and the history", async () => {
    using folder = createFolder();
    const names = Object.keys(UNUSABLE).map((_, index) => `target-${index}`);
    for (const [index, text] of Object.values(UNUSABLE).entries())
      writeFileSync(folder.file(`token-${index}`), text);
    await using target = await startFakeTarget();
    await using webhook = await startReceiver();
    const targets = names.map((name, index) => ({
      name,
      url: target.url,
      token_file: folder.file(`token-${index}`),
    }));
    writeFileSync(folder.file("targets.json"), JSON.stringify({ targets }));
    writeFileSync(folder.file("thresholds.yaml"), "rules: { target-down: { for_seconds: 0 } }");
    await using watchdog = await startWatchdog([
      ...["--targets", folder.file("targets.json"), "--thresholds", folder.file("thresholds.yaml")],
      ...["--history", folder.file("history.db"), "--webhook", webhook.url],
    ]);
    await eventually("every target is reported", () => webhook.taken.length >= names.length);
    const texts = [
      JSON.stringify(await watchdog.fleet()),
      JSON.stringify(await watchdog.alerts()),
      JSON.stringify(webhook.taken),
      JSON.stringify(watchdog.log()),
    ];
    await watchdog.stop();
    texts.push(readFileSync(folder.file("history.db"), "latin1"));
    for (const text of texts) expect(text).not.toMatch(/s3cret|PRIVATE/);
    for (const { note } of JSON.parse(texts[0] ?? "").targets)
      expect(note).toMatch(/^its token file cannot be used: line 1 is (not a token|too short)/);
    expect(target.requests).toEqual([]);
  });

  it("for all targets stops startup if it is invalid", async () => {
    using folder = createFolder();
    writeFileSync(folder.file("token"), UNUSABLE["a line break within"] ?? "");
    const { code, stderr } = await runWatchdog([
      ...["--target", "main=http://127.0.0.1:9", "--token-file", folder.file("token"), "--history", "none"],
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^orch-watchdog: --token-file \S+: line 1 is not a token.*\n$/);
    expect(stderr).not.toContain("s3cret");
  });
});

describe("a receiver's password", () => {
  const url = (base: string) => base.replace("//", `//user:${SECRET}%40@`);

  it("is sent only in Authorization", async () => {
    using folder = createFolder();
    await using target = await startFakeTarget({
      queue: { breakers: { items: [{ name: "api", state: "open" }] } },
    });
    await using webhook = await startReceiver();
    webhook.status = 503;
    writeFileSync(folder.file("thresholds.yaml"), "rules: { breaker-open: { for_seconds: 0 } }");
    await using watchdog = await watchInProcess(
      [
        ...["--target", `main=${target.url}`, "--history", folder.file("history.db")],
        ...["--thresholds", folder.file("thresholds.yaml")],
      ],
      {
        env: {
          ORCH_WATCHDOG_WEBHOOK: url(`${webhook.url}/hook`),
          ORCH_WATCHDOG_ALERTMANAGER: url("http://127.0.0.1:1"),
        },
      },
    );
    await eventually("both are logged", () =>
      ["webhook", "alertmanager"].every((name) =>
        watchdog.log().some((line) => (line as { receiver?: string }).receiver === name),
      ),
    );
    webhook.status = 200;
    await eventually("it arrives", () => webhook.taken.length > 0);
    expect(webhook.taken[0]?.authorization).toBe(
      `Basic ${Buffer.from(`user:${SECRET}@`).toString("base64")}`,
    );
    expect(JSON.stringify([watchdog.log(), await watchdog.alerts(), webhook.taken[0]?.body])).not.toContain(
      "s3cret",
    );
  });

  it("or a token in its URL is not repeated from its answer", async () => {
    await using webhook = await startReceiver();
    webhook.instead = (response) => response.writeHead(404).end(`Cannot POST ${response.req.url}`);
    const lines: string[] = [];
    for (const path of [`hook?key=${SECRET}`, `hook/${SECRET}`, "hook?key=%73%33cret-s3cret-s3cret"]) {
      const config = readConfig([], { ORCH_WATCHDOG_WEBHOOK: `${webhook.url}/${path}` });
      await testAlert(config, (line) => lines.push(line));
    }
    expect(lines).toEqual([
      "webhook: failed: 404 Cannot POST /hook?key=",
      "webhook: failed: 404 Cannot POST /hook/",
      "webhook: failed: 404 Cannot POST /hook?key=",
    ]);
  });

  const refusal = (args: readonly string[], env: Record<string, string> = {}): string => {
    try {
      readConfig(args, env);
      return "accepted";
    } catch (error) {
      return (error as Error).message;
    }
  };

  it.each([
    ["--webhook", `http://user:${SECRET}@h/x`],
    ["--webhook", `HTTP:\\\\user:${SECRET}@h/x`],
    ["--webhook", `http://h/x?token=${SECRET}`],
    ["--webhook", `http://h/x?passwor%64=${SECRET}`],
    ["--alertmanager", `https://user:${SECRET}/@h`],
    ["--runbooks", `https://user:${SECRET}@h`],
    ["--target", `a=http://user:${SECRET}@h`],
  ])("is rejected on the command line, where ps shows it: %s %s", (flag, value) => {
    const message = refusal([flag, value]);
    expect(message).toContain(flag);
    expect(message).not.toContain("s3cret");
  });

  it.each([
    ["ORCH_WATCHDOG_RUNBOOKS", `https://user:${SECRET}@h`],
    ["ORCH_WATCHDOG_TARGET", `a=http://user:${SECRET}@h`],
    ["ORCH_WATCHDOG_WEBHOOK", `ftp://user:${SECRET}@h`],
  ])("is not repeated if a variable is invalid: %s", (name, value) => {
    const message = refusal([], { [name]: value });
    expect(message).toContain(name);
    expect(message).not.toContain("s3cret");
  });
});

it("a secret file passed in place of another file is not quoted", async () => {
  using folder = createFolder();
  writeFileSync(folder.file("secrets"), `a: *${SECRET}\nb: "${SECRET}\n`);
  for (const flag of ["--thresholds", "--targets"]) {
    const { stderr } = await runWatchdog(["--target", "a=http://h", flag, folder.file("secrets")]);
    expect(stderr).toMatch(/secrets:\d+: /);
    expect(stderr).not.toContain("s3cret");
  }
});

it("the history is readable only by its user, also an older one", async () => {
  using folder = createFolder();
  await using target = await startFakeTarget();
  const path = folder.file("state/history.db");
  const args = ["--target", `main=${target.url}`, "--history", path];
  await using first = await startWatchdog(args);
  await eventually("it is written", () => statSync(`${path}-wal`).size > 0);
  for (const name of [path, `${path}-wal`]) expect(statSync(name).mode & 0o777).toBe(0o600);
  expect(statSync(folder.file("state")).mode & 0o777).toBe(0o700);
  await first.stop();
});
