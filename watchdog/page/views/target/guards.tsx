/** Circuit breakers and serial gates. */
import type {
  BreakerJson,
  GateJson,
  QueueSectionJson,
} from "../../../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { formatDuration } from "../../../words/format.ts";
import { timeOf } from "../../../words/numbers.ts";
import { breakerAppearance, gateAppearance } from "../../../words/states.ts";
import type { Appearance } from "../../../words/verdicts.ts";
import { count } from "../../../words.ts";
import { Badge } from "../../parts/badge.tsx";
import { EnvelopeCard } from "../../parts/section.tsx";
import { Term } from "../../parts/term.tsx";
import { useNow } from "../../state/clock.ts";

export function GuardsSections({ queue }: { queue: QueueSectionJson | null | undefined }) {
  const now = useNow();
  // The queue's section shows the queue's error.
  if (!queue || queue.error) return null;
  return (
    <>
      <EnvelopeCard title={<Term name="breaker">Breakers</Term>} part={queue.breakers} what="breakers">
        {({ items = [] }) => <Guards guards={items.map((breaker) => breakerGuard(breaker, now))} />}
      </EnvelopeCard>
      <EnvelopeCard title={<Term name="gate">Gates</Term>} part={queue.gates} what="gates">
        {({ items = [] }) => <Guards guards={items.map((gate) => gateGuard(gate, now))} />}
      </EnvelopeCard>
    </>
  );
}

interface Guard {
  readonly name: string | undefined;
  readonly appearance: Appearance;
  readonly details: readonly (string | undefined)[];
}

function Guards({ guards }: { guards: readonly Guard[] }) {
  if (guards.length === 0) return <p class="muted">None.</p>;
  return (
    <ul class="guards">
      {guards.map(({ name, appearance, details }) => (
        <li key={name}>
          <b>{name}</b>
          <Badge appearance={appearance} />
          <span class="muted">{details.filter(Boolean).join(", ")}</span>
        </li>
      ))}
    </ul>
  );
}

function breakerGuard({ name, state, failures, opened_at, retry_at }: BreakerJson, now: number): Guard {
  const opened = timeOf(opened_at);
  const retry = timeOf(retry_at);
  const details = [
    failures ? count(failures, "failure") : undefined,
    opened === undefined ? undefined : `opened ${formatDuration((now - opened) / 1_000)} ago`,
    retry === undefined || retry <= now ? undefined : `next try in ${formatDuration((retry - now) / 1_000)}`,
  ];
  return { name, appearance: breakerAppearance(state ?? ""), details };
}

function gateGuard({ scope, holder_task_id: holder, acquired_at, waiting }: GateJson, now: number): Guard {
  const since = timeOf(acquired_at);
  const details = [
    holder === undefined ? undefined : `by task ${holder}`,
    since === undefined ? undefined : `for ${formatDuration((now - since) / 1_000)}`,
    waiting ? `${count(waiting, "task waits", "tasks wait")}` : undefined,
  ];
  return { name: scope, appearance: gateAppearance(holder !== undefined || since !== undefined), details };
}
