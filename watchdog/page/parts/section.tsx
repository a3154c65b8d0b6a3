/** A part of a view with its heading. */
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { SectionErrorJson } from "../../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { formatCount } from "../../words/format.ts";
import { Failure } from "./states.tsx";

interface Props {
  readonly title: ComponentChildren;
  /** The number of items in it. */
  readonly tally?: number | undefined;
  /** Beside the heading. */
  readonly beside?: ComponentChildren;
  readonly class?: string;
  readonly children: ComponentChildren;
}

export function Section({ title, tally, beside, class: name, children }: Props) {
  const id = useId();
  return (
    <section aria-labelledby={id} class={name}>
      <div class="section-head">
        <h2 id={id}>
          {title}
          {tally !== undefined && (
            <>
              {" "}
              <span class="tally">{formatCount(tally)}</span>
            </>
          )}
        </h2>
        {beside}
      </div>
      {children}
    </section>
  );
}

interface WithError {
  readonly error?: SectionErrorJson | null;
}

interface PartProps<T> {
  readonly part: T | null | undefined;
  readonly what: string;
  readonly children: (part: T) => ComponentChildren;
}

/** A part of the envelope: its error, or the result of `children`. */
export function EnvelopePart<T extends WithError>({ part, what, children }: PartProps<T>) {
  if (part == null) return <div class="empty">This orchestrator reports no {what}.</div>;
  if (part.error) return <Failure error={part.error} />;
  return <>{children(part)}</>;
}

interface CardProps<T> extends PartProps<T> {
  readonly title: ComponentChildren;
}

/** A card with a part of the envelope. */
export function EnvelopeCard<T extends WithError>({ title, ...part }: CardProps<T>) {
  return (
    <Section title={title} class="card">
      <EnvelopePart {...part} />
    </Section>
  );
}
