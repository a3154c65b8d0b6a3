/** When a receiver is tried again, and what is reported for an address that cannot be used. */
import { writeFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { asking } from "../../watchdog/ask.ts";
import { readConfig } from "../../watchdog/config/settings.ts";
import { createDocuments } from "../../watchdog/history/documents.ts";
import { reasonOf } from "../../watchdog/reason.ts";
import { Busy } from "../../watchdog/receivers/delivery.ts";
import { openOutbox } from "../../watchdog/receivers/outbox.ts";
import { testAlert } from "../../watchdog/test-alert.ts";
import { eventually } from "../support/service.ts";
import { startFakeTarget } from "./support/fake-target.ts";
import { startReceiver, type TestReceiver } from "./support/receiver.ts";
import { createFolder, watchInProcess } from "./support/watchdog.ts";

/** Refuses the first attempt. Returns the times of all attempts. */
function refuseOnce(receiver: TestReceiver, status: number, retryAfter: string): readonly number[] {
  const attempts: number[] = [];
  receiver.instead = (response) => {
    attempts.push(Date.now());
    if (attempts.length === 1) response.writeHead(status, { "retry-after": retryAfter }).end();
    else response.writeHead(200).end("[]");
  };
  return attempts;
}

describe("a receiver that asks for a pause", () => {
  afterEach(() => void vi.useRealTimers());

  it("is not tried again before the pause ends, in seconds or as a date", async () => {
    await using webhook = await startReceiver();
    await using alertmanager = await startReceiver();
    const due = new Date(Date.now() + 2_000).toUTCString();
    const seconds = refuseOnce(webhook, 429, "1");
    const date = refuseOnce(alertmanager, 503, due);
    await using target = await startFakeTarget({
      queue: { breakers: { items: [{ name: "api", state: "open" }] } },
    });
    using folder = createFolder();
    writeFileSync(folder.file("thresholds.yaml"), "rules: { breaker-open: { for_seconds: 0 } }");
    await using _watchdog = await watchInProcess([
      ...["--target", `main=${target.url}`, "--history", "none"],
      ...["--thresholds", folder.file("thresholds.yaml")],
      ...["--webhook", webhook.url, "--alertmanager", alertmanager.url],
    ]);
    await eventually("both are tried again", () => seconds.length > 1 && date.length > 1);
    // A timer can be a few milliseconds early.
    expect((seconds[1] ?? 0) - (seconds[0] ?? 0)).toBeGreaterThan(980);
    expect(date[1]).toBeGreaterThan(Date.parse(due) - 20);
  });

  it("is tried again after a minute if it asks for more", async () => {
    vi.useFakeTimers();
    let attempts = 0;
    const outbox = openOutbox({
      documents: createDocuments(),
      receivers: [
        {
          name: "webhook",
          kinds: ["silence"],
          async send() {
            attempts += 1;
            throw new Busy("503", 3_600_000);
          },
        },
      ],
      commit: () => {},
      retryMilliseconds: 500,
      complain: () => {},
    });
    outbox.push({ kind: "silence", silence: { id: "one", comment: "", createdAt: 0, until: 1 } });
    await vi.advanceTimersByTimeAsync(59_900);
    expect(attempts).toBe(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(attempts).toBe(2);
    await outbox.close();
  });
});

it("explains that HTTP clients refuse some ports, and what to do", async () => {
  const words = "its port is reserved for another protocol, and HTTP clients refuse it: use another port";
  const lines: string[] = [];
  const config = readConfig(["--webhook", "http://127.0.0.1:9/hook"], {});
  expect(await testAlert(config, (line) => lines.push(line))).toBe(false);
  expect(lines).toEqual([`webhook: failed: ${words}`]);
  const answer = asking("http://127.0.0.1:1")<{ targets: unknown }>("/api/fleet", "targets");
  await expect(answer).rejects.toThrow(`cannot read the watchdog at http://127.0.0.1:1: ${words}`);
});

it.each([
  ["HPE_INVALID_CONSTANT", "its answer is not valid HTTP"],
  ["ERR_OSSL_X509_KEY_VALUES_MISMATCH", "its certificate_file and key_file cannot be used together"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "its certificate is for another name"],
  [
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "DEPTH_ZERO_SELF_SIGNED_CERT: its certificate is not trusted, so add its CA with NODE_EXTRA_CA_CERTS",
  ],
  ["EAI_AGAIN", "its host name cannot be looked up now"],
  ["ESOMETHING", "ESOMETHING"],
])("describes %s in words", (code, words) => {
  expect(reasonOf(new TypeError("fetch failed", { cause: Object.assign(new Error(), { code }) }))).toBe(
    words,
  );
});
