/** A part of a view with its heading. */
import type { ComponentChildren } from "preact";
import type { SectionErrorJson } from "../../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { formatCount } from "../words/format.ts";
import { EnvelopePart } from "./states.tsx";

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

interface EnvelopeProps<T> extends Pick<Props, "id" | "title"> {
  readonly part: T | null | undefined;
  readonly what: string;
  readonly children: (part: T) => ComponentChildren;
}

/** A card for one part of the envelope, or for its error. */
export function EnvelopeCard<T extends { error?: SectionErrorJson | null }>(props: EnvelopeProps<T>) {
  const { id, title, ...part } = props;
  return (
    <Section id={id} title={title} class="card">
      <EnvelopePart {...part} />
    </Section>
  );
}
