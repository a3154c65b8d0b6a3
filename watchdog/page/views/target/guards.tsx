/** Circuit breakers and serial gates. */
import type {
  BreakerJson,
  GateJson,
  QueueSectionJson,
} from "../../../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { Badge } from "../../parts/badge.tsx";
import { EnvelopePart } from "../../parts/states.tsx";
import { useNow } from "../../state/clock.ts";
import { formatDuration, plural } from "../../words/format.ts";
import { timeOf } from "../../words/numbers.ts";
import { breakerAppearance, gateAppearance } from "../../words/states.ts";

export function GuardsSections({ queue }: { queue: QueueSectionJson | null | undefined }) {
  // The queue's own error stands in the queue's place.
  if (!queue || queue.error) return null;
  return (
    <>
      <section aria-labelledby="breakers" class="card">
        <h2 id="breakers">Breakers</h2>
        <EnvelopePart part={queue.breakers} what="breakers">
          {({ items = [] }) =>
            items.length === 0 ? (
              <p class="muted">There are none.</p>
            ) : (
              <ul class="guards">
                {items.map((breaker) => (
                  <BreakerItem key={breaker.name} breaker={breaker} />
                ))}
              </ul>
            )
          }
        </EnvelopePart>
      </section>
      <section aria-labelledby="gates" class="card">
        <h2 id="gates">Gates</h2>
        <EnvelopePart part={queue.gates} what="gates">
          {({ items = [] }) =>
            items.length === 0 ? (
              <p class="muted">There are none.</p>
            ) : (
              <ul class="guards">
                {items.map((gate) => (
                  <GateItem key={gate.scope} gate={gate} />
                ))}
              </ul>
            )
          }
        </EnvelopePart>
      </section>
    </>
  );
}

function BreakerItem({ breaker }: { breaker: BreakerJson }) {
  const now = useNow();
  const opened = timeOf(breaker.opened_at);
  const retry = timeOf(breaker.retry_at);
  const told = [
    breaker.failures ? plural(breaker.failures, "failure") : undefined,
    opened === undefined ? undefined : `opened ${formatDuration((now - opened) / 1_000)} ago`,
    retry === undefined || retry <= now ? undefined : `next try in ${formatDuration((retry - now) / 1_000)}`,
  ];
  return (
    <li>
      <b>{breaker.name}</b>
      <Badge appearance={breakerAppearance(breaker.state ?? "")} />
      <span class="muted">{told.filter(Boolean).join(", ")}</span>
    </li>
  );
}

function GateItem({ gate }: { gate: GateJson }) {
  const now = useNow();
  const since = timeOf(gate.acquired_at);
  const held = gate.holder_task_id !== undefined || since !== undefined;
  const told = [
    gate.holder_task_id === undefined ? undefined : `by task ${gate.holder_task_id}`,
    since === undefined ? undefined : `for ${formatDuration((now - since) / 1_000)}`,
    gate.waiting ? `${plural(gate.waiting, "task waits", "tasks wait")}` : undefined,
  ];
  return (
    <li>
      <b>{gate.scope}</b>
      <Badge appearance={gateAppearance(held)} />
      <span class="muted">{told.filter(Boolean).join(", ")}</span>
    </li>
  );
}
