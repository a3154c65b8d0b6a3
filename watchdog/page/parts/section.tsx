/** A part of a view with its heading. */
import type { ComponentChildren } from "preact";
import type { SectionErrorJson } from "../../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { formatCount } from "../words/format.ts";
import { Empty, Failure } from "./states.tsx";

interface Props {
  readonly id: string;
  readonly title: ComponentChildren;
  /** The number of items in it. */
  readonly tally?: number | undefined;
  readonly class?: string;
  readonly children: ComponentChildren;
}

export function Section({ id, title, tally, class: name, children }: Props) {
  return (
    <section aria-labelledby={id} class={name}>
      <h2 id={id}>
        {title}
        {tally !== undefined && (
          <>
            {" "}
            <span class="tally">{formatCount(tally)}</span>
          </>
        )}
      </h2>
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
  if (part == null) return <Empty>This orchestrator reports no {what}.</Empty>;
  if (part.error) return <Failure error={part.error} />;
  return <>{children(part)}</>;
}

/** A card with a part of the envelope. */
export function EnvelopeCard<T extends WithError>({
  id,
  title,
  ...part
}: PartProps<T> & Pick<Props, "id" | "title">) {
  return (
    <Section id={id} title={title} class="card">
      <EnvelopePart {...part} />
    </Section>
  );
}
