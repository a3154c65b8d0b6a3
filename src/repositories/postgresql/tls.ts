/** What `sslmode` means by libpq's documentation (libpq-ssl), in the words of node-postgres. */
import { SourceError } from "../source-failure.ts";

const MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/**
 * The URL to connect with, and another to fall back to where the server has no TLS: `prefer`, which is libpq's default
 * too, may do without. Throws a SourceError for a mode that there is none of.
 */
export function urlsByMode(
  url: string,
  fallback = process.env.PGSSLMODE,
): readonly [url: string, withoutTls?: string] {
  if (/[?&]uselibpqcompat=/.test(url)) return [url];
  const mode = /[?&]sslmode=([^&]*)/.exec(url)?.[1] ?? (fallback || "prefer");
  if (!MODES.includes(mode)) {
    throw new SourceError({
      code: "failed_precondition",
      message: `the URL's sslmode is none that there is: give ${MODES.join(", ")}`,
    });
  }
  if (mode === "verify-ca" && !/[?&]sslrootcert=/.test(url)) {
    throw new SourceError({
      code: "failed_precondition",
      message:
        "the URL's sslmode=verify-ca needs sslrootcert=FILE, the certificate of the authority to trust",
    });
  }
  if (mode === "prefer" || mode === "allow") return [withMode(url, "prefer"), withMode(url, "disable")];
  return [withMode(url, mode)];
}

/** node-postgres takes every mode for verify-full unless it is told to mean what libpq does. */
function withMode(url: string, mode: string): string {
  const rest = url.replace(/([?&])sslmode=[^&]*&?/, "$1").replace(/[?&]$/, "");
  return `${rest}${rest.includes("?") ? "&" : "?"}sslmode=${mode}&uselibpqcompat=true`;
}

/** Whether the server has no TLS, or none that can be agreed on. */
export function isWithoutTls(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return /^The server does not support SSL/.test(String(message)) || /^(EPROTO|ERR_SSL)/.test(String(code));
}
