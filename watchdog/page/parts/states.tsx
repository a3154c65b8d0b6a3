/** Placeholders for missing data: loading, empty, or failed. */
import type { ComponentChildren } from "preact";
import { Icon } from "./icon.tsx";

/** Grey lines while data loads. */
export function Loading({ what }: { what: string }) {
  return (
    <div class="loading" role="status">
      <p>Loading {what} …</p>
      {[1, 2, 3, 4, 5, 6].map((line) => (
        <span key={line} class="ghost" aria-hidden="true" />
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
