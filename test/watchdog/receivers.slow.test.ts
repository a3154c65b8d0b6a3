/**
 * Chats, ntfy and e-mail: the delivered messages, against servers that validate requests against the
 * documented format.
 */
import { writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readConfig } from "../../watchdog/config/settings.ts";
import { testAlert } from "../../watchdog/test-alert.ts";
import { eventually } from "../support/service.ts";
import { BOT_TOKEN, type Chats, DISCORD_PATH, NTFY_TOKEN, SLACK_PATH, startChats } from "./support/chats.ts";
import { type EnvelopeInit, type FakeTarget, startFakeTarget } from "./support/fake-target.ts";
import { MAIL_PASSWORD, type MailServer, startMailServer } from "./support/mail-server.ts";
import { startReceiver } from "./support/receiver.ts";
import { createFolder, type Folder, runWatchdog, type TestPace, watchInProcess } from "./support/watchdog.ts";

const breakers = (names: readonly string[], state = "open"): EnvelopeInit => ({
  queue: { breakers: { items: names.map((name) => ({ name, state, failures: 5 })) } },
});

let folder: Folder;
let chats: Chats;
let mail: MailServer;
let target: FakeTarget;

beforeEach(async () => {
  folder = createFolder();
  [chats, mail, target] = await Promise.all([startChats(), startMailServer(), startFakeTarget()]);
  writeFileSync(
    folder.file("thresholds.yaml"),
    "alerts: { resolve_after_seconds: 0 }\nrules: { breaker-open: { for_seconds: 0 } }",
  );
});

afterEach(async () => {
  for (const each of [chats, mail, target]) await each[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

function secret(name: string, text: string): string {
  writeFileSync(folder.file(name), `${text}\n`);
  return folder.file(name);
}

const chatArgs = () => [
  ...["--slack-url-file", secret("slack", chats.url + SLACK_PATH)],
  ...["--discord-url-file", secret("discord", chats.url + DISCORD_PATH)],
  ...["--ntfy", `${chats.url}/my-alerts`, "--ntfy-token-file", secret("ntfy", NTFY_TOKEN)],
  ...["--telegram-token-file", secret("telegram", BOT_TOKEN), "--telegram-api", chats.url],
  "--telegram-chat=-1001234567890",
];

const mailArgs = (password = MAIL_PASSWORD) => [
  ...["--smtp", `smtp://watchdog@127.0.0.1:${mail.port}`, "--smtp-password-file", secret("mail", password)],
  ...["--mail-from", "watchdog@example.com", "--mail-to", "on-call@example.com, team@example.com"],
];

const watch = (args: readonly string[], pace: TestPace = {}) =>
  watchInProcess(
    [
      ...["--target", `main=${target.url}`, "--thresholds", folder.file("thresholds.yaml")],
      ...["--history", "none", "--external-url", "https://watch.example/board", ...args],
    ],
    { pace },
  );

const SERVICES = ["slack", "discord", "ntfy", "telegram"] as const;

/** Returns the texts that a service received. */
const texts = (service: (typeof SERVICES)[number]): readonly string[] =>
  chats
    .of(service)
    .map(({ text, content, title, message }) => String(text ?? content ?? `${title}\n${message}`));

const arrived = (count: number) =>
  eventually(
    `${count} messages arrive everywhere`,
    () => SERVICES.every((service) => texts(service).length >= count) && mail.mails.length >= count,
  );

const TIME = "\\d+ \\w+ \\d{4}(?: at|,) \\d\\d:\\d\\d:\\d\\d [\\w+:-]+";

describe("chats, ntfy and e-mail", () => {
  it("contain what fires, where, why, since when and what to do, and later that it is resolved", async () => {
    target.envelope = breakers(["api"]);
    await using watchdog = await watch([...chatArgs(), ...mailArgs()]);
    await arrived(1);
    const { fingerprint } = (await watchdog.alert("breaker-open")) ?? {};
    const page = "https://watch.example/board/#/orchestrators/main";
    const runbook = `https://watch.example/board/runbooks/breaker-open?alert=${fingerprint}`;
    const why = `state open, 5 failures in a row \\(since ${TIME}, \\d+ s\\)`;
    expect(texts("slack")[0]).toMatch(
      new RegExp(`^\\*WARNING main: the breaker api is open\\*\n${why}\n<${page}\\|Page>\n<`),
    );
    expect(texts("slack")[0]).toContain(`<${runbook}|Runbook breaker-open>`);
    expect(texts("discord")[0]).toMatch(
      /^\*\*WARNING main: the breaker api is open\*\*\nstate open, 5 failures/,
    );
    expect(texts("discord")[0]).toMatch(`\nPage: <${page}>\nRunbook breaker-open: <${runbook}>`);
    expect(texts("telegram")[0]).toMatch(
      new RegExp(`^WARNING main: the breaker api is open\n${why}\nPage: ${page}\nRunbook breaker-open: `),
    );
    expect(chats.of("ntfy")[0]).toMatchObject({
      title: "WARNING main: the breaker api is open",
      message: expect.stringMatching(new RegExp(`^${why}\n`)),
      priority: 4,
      tags: ["warning"],
      click: page,
      actions: [{ label: "Runbook", url: runbook }],
    });
    expect(mail.mails[0]).toMatchObject({
      from: "watchdog@example.com",
      to: ["on-call@example.com", "team@example.com"],
      user: "watchdog",
    });
    expect(mail.mails[0]?.text).toMatch(/^Subject: WARNING main: the breaker api is open\r$/m);
    expect(mail.mails[0]?.text).toMatch(/^state open, 5 failures in a row \(since /m);
    target.envelope = breakers(["api"], "closed");
    await arrived(2);
    for (const service of SERVICES)
      expect(texts(service)[1]).toMatch(/^\**RESOLVED main: the breaker api is open/);
    expect(texts("telegram")[1]).toMatch(/, lasted \d+ s\)\n/);
    expect(chats.of("ntfy")[1]).toMatchObject({ priority: 3, tags: ["white_check_mark"] });
    expect(mail.mails[1]?.text).toMatch(/^Subject: RESOLVED main: the breaker api is open\r$/m);
  });

  it("arrive once for alerts that fire together, while programs receive each alert", async () => {
    await using webhook = await startReceiver();
    const names = Array.from({ length: 12 }, (_, index) => `api-${index}`);
    target.envelope = breakers(names);
    await using _watchdog = await watch([...chatArgs(), ...mailArgs(), "--webhook", webhook.url]);
    await arrived(1);
    await eventually("the webhook has all", () => webhook.taken.length === 12);
    target.envelope = breakers(names, "closed");
    await arrived(2);
    for (const service of SERVICES) {
      const [fired = "", resolved] = texts(service);
      expect(fired).toMatch(/^\**WARNING main: 12 alerts of breaker-open/);
      for (const name of names)
        expect(fired).toContain(`the breaker ${name} is open: state open, 5 failures`);
      expect(resolved).toMatch(/^\**RESOLVED main: 12 alerts of breaker-open/);
      expect(texts(service)).toHaveLength(2);
    }
    expect(mail.mails).toHaveLength(2);
  });

  it("handle texts of any length with any characters, without mentions or hidden text", async () => {
    const evil =
      '<!channel> @everyone [safe](https://evil.example) <b>&amp;</b>\r\nBcc: victim@example.com\r\n\r\n\u202e"';
    target.envelope = breakers([evil]);
    await using watchdog = await watch([...chatArgs(), ...mailArgs()]);
    await arrived(1);
    expect(texts("slack")[0]).toContain("&lt;!channel&gt; @everyone [safe](https://evil.example)");
    expect(texts("discord")[0]).toContain("\\<!channel\\> \\@everyone \\[safe\\]\\(https://evil.example\\)");
    expect(texts("telegram")[0]).toContain("<b>&amp;</b>\\x0d\\x0aBcc: victim");
    const [head = ""] = mail.mails[0]?.text.split("\r\n\r\n") ?? [];
    expect(head.replace(/\r\n[ \t]+/g, " ")).not.toMatch(/^Bcc:/im);
    expect(mail.mails[0]?.to).toHaveLength(2);
    // Each text has the watchdog's maximum length, and grows when escaped.
    target.envelope = breakers(
      Array.from({ length: 300 }, (_, index) => `${index}\n\u202e${"<😀&_".repeat(100)}`),
    );
    await arrived(3);
    for (const service of SERVICES) {
      const long = texts(service).find((text) => text.includes("300 alerts of breaker-open"));
      expect(long).toMatch(/\nand \d+ more\n/);
      expect(long?.isWellFormed()).toBe(true);
      expect(long).not.toMatch(/\u202e/);
    }
    expect(watchdog.log().filter(({ receiver }) => receiver)).toEqual([]);
  });

  it("do not affect each other while one is down, and reveal no secret", async () => {
    chats.fails = { service: "discord", status: 503 };
    mail.refuses = 451;
    target.envelope = breakers(["api"]);
    await using watchdog = await watch([...chatArgs(), ...mailArgs()]);
    const others = ["slack", "ntfy", "telegram"] as const;
    await eventually("the others have it", () => others.every((service) => texts(service).length === 1));
    const complaints = () => watchdog.log().filter(({ receiver }) => receiver);
    await eventually("both are logged", () => complaints().length >= 2);
    expect(complaints()).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({ receiver: "discord", detail: "503 Cannot POST /api/" }),
        expect.objectContaining({ receiver: "mail", detail: "it refuses the message (451)" }),
      ]),
    );
    expect(await (await watchdog.get("/metrics")).text()).toMatch(
      /^orch_watchdog_receiver_waiting_alerts\{receiver="discord"\} 1$/m,
    );
    chats.fails = undefined;
    mail.refuses = undefined;
    await arrived(1);
    for (const service of SERVICES) expect(texts(service)).toHaveLength(1);
  });

  it("are repeated for alerts that still fire, unlike deliveries to programs", async () => {
    await using webhook = await startReceiver();
    target.envelope = breakers(["api"]);
    await using _watchdog = await watch([
      ...chatArgs(),
      ...mailArgs(),
      "--webhook",
      webhook.url,
      "--repeat-after",
      "1s",
    ]);
    await arrived(2);
    for (const service of SERVICES)
      expect(texts(service)[1]).toMatch(/^\**WARNING \\?\(still\\?\) main: the breaker/);
    expect(webhook.taken).toHaveLength(1);
  });

  it("lose only a mail that the server rejects permanently", async () => {
    mail.refuses = 554;
    target.envelope = breakers(["api"]);
    await using watchdog = await watch(mailArgs());
    const lost = () => watchdog.log().find(({ msg }) => msg.startsWith("it refused an alert"));
    await eventually("it is lost", () => lost() !== undefined);
    expect(lost()).toMatchObject({ receiver: "mail", detail: "554" });
    mail.refuses = undefined;
    target.envelope = breakers(["git"]);
    await eventually("the next arrives", () => mail.mails.some(({ text }) => text.includes("breaker git")));
  });

  it("send no mail to a server with an untrusted certificate", async () => {
    await mail[Symbol.asyncDispose]();
    mail = await startMailServer({ tls: true });
    target.envelope = breakers(["api"]);
    await using watchdog = await watch(mailArgs());
    const complaint = () => watchdog.log().find(({ receiver }) => receiver === "mail");
    await eventually("it is logged", () => complaint() !== undefined);
    expect(complaint()?.detail).toBe("its certificate is not trusted");
    expect(mail.mails).toEqual([]);
  });
});

describe("--test-alert", () => {
  it("sends one alert to each receiver and prints the results", async () => {
    await using webhook = await startReceiver();
    const args = [
      ...chatArgs(),
      ...mailArgs(),
      "--webhook",
      webhook.url,
      "--alertmanager",
      webhook.url,
      "--test-alert",
    ];
    const sent = await runWatchdog(args);
    expect(sent.stdout.split("\n").filter(Boolean).toSorted()).toEqual(
      ["alertmanager", "discord", "mail", "ntfy", "slack", "telegram", "webhook"].map(
        (name) => `${name}: ok`,
      ),
    );
    expect({ code: sent.code, stderr: sent.stderr }).toEqual({ code: 0, stderr: "" });
    for (const service of SERVICES)
      expect(texts(service)[0]).toMatch(/^\**INFO orch-watchdog: this is a test/);
    expect(mail.mails).toHaveLength(1);
  });

  it("fails if a receiver rejects it, with the reason and without secrets", async () => {
    chats.fails = { service: "telegram", status: 401, text: `{"description":"no bot${BOT_TOKEN}"}` };
    const sent = await runWatchdog([...chatArgs(), ...mailArgs("wrong password"), "--test-alert"]);
    expect(sent.code).toBe(1);
    expect(sent.stdout).toMatch(/^telegram: failed: 401 \{"description":"no $/m);
    expect(sent.stdout).toMatch(/^mail: failed: it refuses the user or the password \(535\)$/m);
    expect(sent.stdout).toMatch(/^slack: ok$/m);
    expect(sent.stdout).not.toMatch(/AAHdq|wrong/);
  });

  it("requires a receiver and valid secret files", async () => {
    const refused = (args: readonly string[], env: Record<string, string> = {}) =>
      (async () => testAlert(readConfig(args, env), () => {}))().then(
        String,
        (error: Error) => error.message,
      );
    expect(await refused([])).toBe(
      "no receiver: configure one, for example with --slack-url-file FILE; --help lists them",
    );
    const path = secret("slack", "xoxb-not-a-url");
    expect(await refused(["--slack-url-file", path])).toBe(
      `--slack-url-file ${path}: it does not contain a URL`,
    );
    expect(await refused(["--smtp", "smtp://a:b@mail.example"])).toMatch(/use --smtp-password-file instead/);
    expect(await refused([], { ORCH_WATCHDOG_SMTP: "smtp://a:s3cret@mail.example" })).not.toContain("s3cret");
    expect(await refused(["--smtp", "smtp://mail.example"])).toMatch(/^--smtp also needs --mail-from/);
    const mails = ["--mail-from", "a@b.example", "--mail-to", "c@b.example", "--smtp"];
    expect(await refused([...mails, "smtp://user@mail.example"])).toMatch(/^--smtp with a user, /);
    expect(await refused(["--telegram-chat", "1"])).toMatch(
      /^--telegram-chat also needs --telegram-token-file/,
    );
  });
});
