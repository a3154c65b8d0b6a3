/** `orch-metrics up`: runs the service, the watchdog and its page until it is stopped. */
import { userInfo } from "node:os";
import { pino } from "pino";
import type { GetMetricsResponseJson } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { terminalLine } from "../../shared/log-line.ts";
import { OperatorError } from "../../shared/operator-error.ts";
import { printable } from "../../shared/printable.ts";
import { withoutSecrets } from "../../shared/secrets-in-urls.ts";
import { wrapped } from "../../shared/settings-help.ts";
import { untilStopped } from "../../shared/until-stopped.ts";
import { type Config, orProcesses } from "../settings.ts";
import { startBoth } from "./start-both.ts";

/** At most so many agents are named. The page lists all of them. */
const MOST_NAMED = 8;
const WIDTH = 80;

export async function up(config: Config): Promise<void> {
  const stopped = untilStopped().then(() => undefined);
  const write = (text: string) => void process.stdout.write(text);
  // The page's address comes first.
  const early: string[] = [];
  let log = (text: string) => void early.push(text);
  const both = await startBoth(config, (line) => log(readable(line, config.logLevel)));
  log = (text) => void process.stderr.write(text);
  write(`Page:    ${both.page}\nMetrics: ${both.url}/metrics\nCtrl-C stops both programs.\n\n`);
  for (const text of early) log(text);
  // A service that ended meanwhile is reported below.
  const found = agentsFound(both.url, orProcesses(config)).catch(() => "");
  void found.then((text) => {
    if (text !== "") write(lines(text));
  });
  const fault = await Promise.race([stopped, both.ended]);
  log = () => {};
  await both.stop();
  if (fault !== undefined) throw new OperatorError(`${fault}\nboth programs are stopped`);
  write("\nStopped.\n");
}

/** Formats a log line for a person. Empty if its level is not logged, or if its message is expected or printed anyway. */
function readable(line: string, level: string): string {
  const { alert, ...record } = JSON.parse(line);
  if (record.level < (pino.levels.values[level] ?? Number.POSITIVE_INFINITY)) return "";
  if (record.url !== undefined || record.code === "unimplemented") return "";
  const text = terminalLine(JSON.stringify(record), process.stderr);
  return alert === undefined ? text : `${text}${lines(alert.evidence, "    ")}`;
}

function lines(text: string, indent = ""): string {
  return wrapped(printable(text), WIDTH - indent.length)
    .map((line) => `${indent}${line}\n`)
    .join("");
}

/** Names the agents of the first reading, or else what was looked for and what to do. */
async function agentsFound(url: string, config: Config): Promise<string> {
  const response = await fetch(`${url}/metrics?read_mask=agents`);
  const { agents } = (await response.json()) as GetMetricsResponseJson;
  // The log says why.
  if (!agents || agents.error) return "";
  const { running = [], running_omitted: omitted = 0 } = agents;
  const names = running.map(({ agent, task_id: task }) => (task ? `${agent} (${task})` : (agent ?? "")));
  const more = names.length + omitted - MOST_NAMED;
  const named = [...names.slice(0, MOST_NAMED), ...(more > 0 ? [`${more} more`] : [])].join(", ");
  if (named !== "") return `Running agents found: ${named}.`;
  const { database, profile, watchProcesses } = config;
  const places = database.map(({ place }) => withoutSecrets(place)).join(", ");
  if (places !== "" || watchProcesses === null)
    return `Found no running agent in ${places || `what the profile ${profile} reads`}. To see what is read, run \`orch-metrics check\` with the same flags.`;
  return `Found no running agent: looked for processes of the user ${userInfo().username} whose program is ${watchProcesses.join(", ")}. Start one, and it appears within 30 seconds. To watch other programs, set --watch-processes NAMES. To read a database, set --database FILE. To read sessions of Claude Code, set --profile claude-code.`;
}
