/** `fetch` that follows no redirect, which could lead to addresses that nobody configured. */
import { OperatorError } from "../shared/operator-error.ts";

export function withoutRedirects(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, { ...init, redirect: "manual" });
    if (response.status < 300 || response.status > 399) return response;
    await response.body?.cancel();
    throw new OperatorError(
      `it redirects (HTTP ${response.status}), and redirects are not followed: use the URL that it redirects to`,
    );
  };
}
