/**
 * Checks that a real Alertmanager accepts the watchdog's alerts, groups them, notifies its own receiver, is
 * silenced from the page, and resolves them. Alerts from while it is down arrive when it is back. Needs
 * Debian's `prometheus-alertmanager`. .ci/run runs it.
 */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type ListeningServer, startListening } from "../prometheus/listening.ts";
import { eventually } from "../support/service.ts";
import { startFakeTarget } from "./support/fake-target.ts";
import { startRealWatchdog } from "./support/real-watchdog.ts";
import { startReceiver } from "./support/receiver.ts";
import { createFolder } from "./support/watchdog.ts";

/** The time limit of each step. The machine may be busy. */
const SECONDS = 60;

interface TheirAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly status: { readonly state: string };
}

interface Notification {
  readonly status: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
}

using folder = createFolder();
await using pager = await startReceiver();
writeFileSync(
  folder.file("alertmanager.yml"),
  `route: { receiver: pager, group_by: [target], group_wait: 1s, group_interval: 1s }
receivers: [{ name: pager, webhook_configs: [{ url: "${pager.url}/page", send_resolved: true }] }]`,
);
writeFileSync(
  folder.file("thresholds.yaml"),
  "alerts: { resolve_after_seconds: 0 }\nrules: { breaker-open: { for_seconds: 0 } }",
);

const breakers = (...open: string[]) => ({
  queue: {
    breakers: {
      items: ["api", "git"].map((name) => ({
        name,
        state: open.includes(name) ? "open" : "closed",
        failures: 5,
      })),
    },
  },
});

await using target = await startFakeTarget(breakers("api", "git"));
let alertmanager = await startAlertmanager("127.0.0.1:0");
const ADDRESS = alertmanager.address;
await eventually("Alertmanager is ready", () => alerts().then((list) => list !== undefined), SECONDS);
await using watchdog = await startRealWatchdog([
  ...["--target", `main=${target.url}`, "--alertmanager", `http://${ADDRESS}`],
  ...["--thresholds", folder.file("thresholds.yaml"), "--history", folder.file("history.db")],
]);
try {
  await eventually("it has both alerts", async () => (await alerts())?.length === 2, SECONDS);
  const [api] = ((await alerts()) ?? []).filter(({ labels }) => labels.breaker === "api");
  if (
    api?.labels.alertname !== "breaker-open" ||
    api.labels.target !== "main" ||
    api.labels.severity !== "warning"
  )
    throw new Error(`its labels are ${JSON.stringify(api?.labels)}`);
  if (!api.annotations.runbook_url?.startsWith(`${watchdog.url}/runbooks/breaker-open?alert=`))
    throw new Error(`its annotations are ${JSON.stringify(api.annotations)}`);
  await eventually(
    "one page is about both",
    () => pages().some(({ alerts: list }) => list.length === 2),
    SECONDS,
  );
  console.log(
    "ok  Alertmanager accepts two alerts, and sends both to its receiver at once, grouped by target",
  );

  const fingerprint =
    (await watchdog.alerts()).open.find(({ labels }) => labels.breaker === "api")?.fingerprint ?? "";
  await watchdog.silence({ fingerprint, seconds: 600, comment: "known" });
  await eventually("it is silenced there too", async () => (await stateOf("api")) === "suppressed", SECONDS);
  await watchdog.get(`/api/silences/${fingerprint}`, { method: "DELETE" });
  await eventually("it is no longer silenced", async () => (await stateOf("api")) === "active", SECONDS);
  const all = await watchdog.silence({ target: "main", seconds: 600 });
  const { id } = (await all.json()) as { id: string };
  const areAll = async (state: string) =>
    (await stateOf("api")) === state && (await stateOf("git")) === state;
  await eventually("the target is silenced there", () => areAll("suppressed"), SECONDS);
  await watchdog.get(`/api/silences/${id}`, { method: "DELETE" });
  await eventually("it has ended", () => areAll("active"), SECONDS);
  console.log("ok  a silence of the page is one of Alertmanager's, and its end is the end of that");

  target.envelope = breakers("git");
  await eventually("one is resolved", () => pages().some((page) => resolvedIn(page, "api")), SECONDS);
  console.log("ok  Alertmanager reports a resolved alert");

  alertmanager.child.kill("SIGKILL");
  await once(alertmanager.child, "exit");
  target.envelope = breakers();
  await eventually(
    "it is resolved here",
    async () => (await watchdog.alert("breaker-open")) === undefined,
    SECONDS,
  );
  target.envelope = breakers("api");
  await eventually(
    "it fires here",
    async () => (await watchdog.alert("breaker-open")) !== undefined,
    SECONDS,
  );
  const before = pages().length;
  alertmanager = await startAlertmanager(ADDRESS);
  await eventually(
    "the alerts that fired meanwhile arrive",
    async () => (await stateOf("api")) === "active",
    SECONDS,
  );
  await eventually(
    "it is reported",
    () =>
      pages()
        .slice(before)
        .some(({ status }) => status === "firing"),
    SECONDS,
  );
  console.log("ok  what happened while Alertmanager was down arrives when it is back");
} finally {
  alertmanager.child.kill("SIGKILL");
}

function startAlertmanager(address: string): Promise<ListeningServer> {
  return startListening("prometheus-alertmanager", [
    `--config.file=${folder.file("alertmanager.yml")}`,
    `--storage.path=${folder.file("data")}`,
    `--web.listen-address=${address}`,
    "--cluster.listen-address=",
  ]);
}

async function alerts(): Promise<readonly TheirAlert[] | undefined> {
  try {
    return (await (await fetch(`http://${ADDRESS}/api/v2/alerts`)).json()) as readonly TheirAlert[];
  } catch {
    return undefined;
  }
}

async function stateOf(breaker: string): Promise<string | undefined> {
  return (await alerts())?.find(({ labels }) => labels.breaker === breaker)?.status.state;
}

function pages(): readonly Notification[] {
  return pager.taken.map(({ body }) => body as Notification);
}

function resolvedIn({ alerts: list }: Notification, breaker: string): boolean {
  return list.some(({ status, labels }) => status === "resolved" && labels.breaker === breaker);
}
