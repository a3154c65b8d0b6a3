/** Placeholders for missing data: loading, empty, or failed. */
import type { ComponentChildren } from "preact";
import type { SectionErrorJson } from "../../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { Icon } from "./icon.tsx";

/** Grey lines while data loads. */
export function Loading({ what, lines = 4 }: { what: string; lines?: number }) {
  return (
    <div class="loading" role="status">
      <p>Loading {what} …</p>
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} class="ghost" aria-hidden="true" />
      ))}
    </div>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <div class="empty">{children}</div>;
}

interface FailureProps {
  readonly error: { readonly code?: string | undefined; readonly message?: string | undefined };
}

/** An error in place of the content. */
export function Failure({ error }: FailureProps) {
  return (
    <div class="failure">
      <Icon name="triangle" />
      <p>
        <code>{error.code ?? "unknown"}</code> {error.message}
      </p>
    </div>
  );
}

/** A part of the envelope: its error, or the result of `children`. */
export function EnvelopePart<T extends { error?: SectionErrorJson | null }>({
  part,
  what,
  children,
}: {
  part: T | null | undefined;
  what: string;
  children: (part: T) => ComponentChildren;
}) {
  if (part == null) return <Empty>This orchestrator reports no {what}.</Empty>;
  if (part.error) return <Failure error={part.error} />;
  return <>{children(part)}</>;
}
