/** The watchdog's own metrics: verdicts, alerts, polls, deliveries, and its cost. */
import { expositionText } from "../../shared/exposition-text.ts";
import { type Family, labels, type MetricType, type Sample, summed } from "../../shared/metric-family.ts";
import { version } from "../../shared/version.ts";
import type { AlertRecord } from "../alerts/record.ts";
import type { ReceiverCounts } from "../receivers/outbox.ts";
import type { Target } from "../targets/target.ts";
import type { Shown } from "./shown.ts";
import { stateOf } from "./views.ts";

/** Returns the Prometheus text format. */
export function metricsText({ fleet, history, alerting, heartbeat }: Shown, now: number): string {
  const { targets, polls } = fleet;
  const { recording } = history;
  const cpu = process.cpuUsage();
  const ofReceivers = (name: Exclude<keyof ReceiverCounts, "name">) =>
    alerting.receivers.map((receiver) => sample(receiver[name], ["receiver", receiver.name]));
  const families: readonly Family[] = [
    gauge(
      "agents",
      "Running agents by verdict and by what they wait for. Combinations without agents have no series.",
      summed(targets.flatMap(agentSamples)),
    ),
    gauge(
      "target_state",
      "1 for the state of a target.",
      targets.map((target) => sample(1, ["target", target.address.name], ["state", stateOf(target).state])),
    ),
    gauge(
      "target_read_time_seconds",
      "When a target's envelope was last read, in seconds since the epoch.",
      targets.flatMap(({ address, readAt }) =>
        readAt === undefined ? [] : [sample(readAt / 1000, ["target", address.name])],
      ),
    ),
    gauge(
      "alerts",
      "Open alerts by rule and state: pending, firing or silenced.",
      summed(alerting.open(now).map(alertSample)),
    ),
    counter("polls", "Polls of targets.", polls.polls),
    counter("poll_seconds", "Seconds that polls took, including the judgement.", polls.seconds),
    counter("poll_late_seconds", "Seconds by which polls started late.", polls.lateSeconds),
    counter("starved_polls", "Polls for which the watchdog lacked time or file descriptors.", polls.starved),
    counter("receiver_messages", "Messages that a receiver accepted.", ofReceivers("messages")),
    counter("receiver_failures", "Failed attempts to send. They are retried.", ofReceivers("failures")),
    counter(
      "receiver_lost_alerts",
      "Alerts that a receiver refused, or that were dropped because too many waited.",
      ofReceivers("lost"),
    ),
    gauge("receiver_waiting_alerts", "Alerts that wait for a receiver.", ofReceivers("waiting")),
    counter("heartbeat_failures", "Heartbeats without an answer.", heartbeat?.failures),
    gauge("recording", "1 while history is recorded.", Number(recording.on)),
    gauge("history_bytes", "Size of the history file.", recording.bytes),
    counter("cpu_seconds", "CPU time of the watchdog's process.", (cpu.user + cpu.system) / 1e6),
    gauge("resident_memory_bytes", "Resident memory of the watchdog's process.", process.memoryUsage.rss()),
    gauge("build_info", "1, with the version of the program.", [sample(1, ["version", version()])]),
  ];
  return expositionText(families, "prometheus");
}

/** A number is a series without labels; undefined: no series. */
type Samples = readonly Sample[] | number | undefined;

const gauge = (name: string, help: string, samples: Samples) => family(name, "gauge", help, samples);
const counter = (name: string, help: string, samples: Samples) =>
  family(`${name}_total`, "counter", help, samples);

function family(name: string, type: MetricType, help: string, samples: Samples = []): Family {
  return {
    ...{ name: `orch_watchdog_${name}`, type, help },
    samples: typeof samples === "number" ? [sample(samples)] : samples,
  };
}

function sample(value: number, ...pairs: readonly (readonly [name: string, value: string])[]): Sample {
  return { labels: labels(...pairs), value };
}

function agentSamples({ address, agents }: Target): readonly Sample[] {
  return agents.map(({ agent: { verdict } }) =>
    sample(1, ["target", address.name], ["verdict", verdict.name], ["cause", verdict.cause ?? ""]),
  );
}

function alertSample({ target, rule, severity, state, silence }: AlertRecord): Sample {
  const shown = silence ? "silenced" : state;
  return sample(1, ["target", target], ["rule", rule], ["severity", severity], ["state", shown]);
}
