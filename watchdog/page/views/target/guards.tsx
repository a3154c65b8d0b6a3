/** Circuit breakers and serial gates. */
import type {
  BreakerJson,
  GateJson,
  QueueSectionJson,
} from "../../../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { formatSpan } from "../../../words/format.ts";
import { timeOf } from "../../../words/numbers.ts";
import { count } from "../../../words/text.ts";
import { type Appearance, look } from "../../../words/verdicts.ts";
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
  readonly details: readonly (string | false | undefined)[];
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

const BREAKERS: Readonly<Record<string, Appearance>> = {
  open: look("open", "broken-link", "bad"),
  half_open: look("half open", "hourglass", "watch"),
  closed: look("closed", "check", "good"),
};

function breakerGuard({ name, state = "", failures, opened_at, retry_at }: BreakerJson, now: number): Guard {
  const opened = timeOf(opened_at);
  const retry = timeOf(retry_at);
  return {
    name,
    // A state that the contract does not name is shown as it is.
    appearance: BREAKERS[state] ?? look(state || "unknown", "question", "unknown"),
    details: [
      failures !== undefined && failures > 0 && count(failures, "failure"),
      opened !== undefined && `opened ${formatSpan(opened, now)} ago`,
      retry !== undefined && retry > now && `next try in ${formatSpan(now, retry)}`,
    ],
  };
}

function gateGuard(
  { scope, holder_task_id: holder, acquired_at, waiting = 0 }: GateJson,
  now: number,
): Guard {
  const since = timeOf(acquired_at);
  const isHeld = holder !== undefined || since !== undefined;
  return {
    name: scope,
    appearance: isHeld ? look("held", "lock", "quiet") : look("free", "dashed-circle", "unknown"),
    details: [
      holder !== undefined && `by task ${holder}`,
      since !== undefined && `for ${formatSpan(since, now)}`,
      waiting > 0 && count(waiting, "task waits", "tasks wait"),
    ],
  };
}
