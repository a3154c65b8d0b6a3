/** Placeholders for missing data: loading, or failed. */
import { Icon } from "./icon.tsx";

export function Loading({ what }: { what: string }) {
  return (
    <p class="loading muted" role="status">
      Loading {what} …
    </p>
  );
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
