/** E-mail through SMTP (RFC 5321), in plain text. */
import { isIP } from "node:net";
import { isLoopbackAddress } from "../../shared/host-names.ts";
import { OperatorError } from "../../shared/operator-error.ts";
import { decoded } from "../../shared/secrets-in-urls.ts";
import { Refused } from "./delivery.ts";
import { type MessageSender, textOf } from "./message.ts";

const MOST = 100_000;
const TIMEOUT_MILLISECONDS = 10_000;

export interface MailOptions {
  /** `smtp://USER@HOST:PORT`, or `smtps:` for TLS from the first byte. */
  readonly url: string;
  readonly password: (() => string) | undefined;
  readonly from: string;
  readonly to: readonly string[];
}

export function toMail({ url, password, from, to }: MailOptions): MessageSender {
  const { protocol, hostname, port, username } = new URL(url);
  if ((username === "") !== (password === undefined))
    throw new OperatorError(
      "--smtp with a user, smtp://USER@HOST:PORT, and --smtp-password-file must be used together",
    );
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const isSecure = protocol === "smtps:";
  const isHere = host === "localhost" || (isIP(host) !== 0 && isLoopbackAddress(host));
  return async (message) => {
    // Loaded only if mail is configured.
    const { createTransport } = await import("nodemailer");
    const transport = createTransport({
      host,
      port: Number(port || (isSecure ? 465 : 587)),
      secure: isSecure,
      // A password is never sent in clear text over a network.
      requireTLS: password !== undefined && !isSecure && !isHere,
      ...(password && { auth: { user: decoded(username), pass: password() } }),
      connectionTimeout: TIMEOUT_MILLISECONDS,
      greetingTimeout: TIMEOUT_MILLISECONDS,
      socketTimeout: TIMEOUT_MILLISECONDS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    const text = textOf(message, { most: MOST });
    const headers = { "Auto-Submitted": "auto-generated" };
    await transport
      .sendMail({ from, to: [...to], subject: message.title, text, headers })
      .catch((error: unknown) => Promise.reject(inOurWords(error)));
  };
}

const REASONS: Readonly<Record<string, string>> = {
  EAUTH: "it refuses the user or the password",
  EENVELOPE: "it refuses the sender or a recipient",
  EMESSAGE: "it refuses the message",
  ECONNECTION: "the connection was closed",
  EDNS: "its host name is unknown",
  ESOCKET: "it cannot be reached",
  ETIMEDOUT: "no answer in time",
  ETLS: "it does not support TLS",
};

/** The server's message is omitted: it may contain an address or a password. */
function inOurWords(error: unknown): Error {
  const { code = "", responseCode, message } = error as Error & { code?: string; responseCode?: number };
  const status = responseCode === undefined ? "" : ` (${responseCode})`;
  // 5yz for the message itself is permanent; for the login, the sender or a recipient it may be fixed.
  if (code === "EMESSAGE" && Number(responseCode) >= 500) return new Refused(`${responseCode}`);
  if (/certificate/.test(message)) return new OperatorError("its certificate is not trusted");
  return new OperatorError(`${REASONS[code] ?? "an unexpected error"}${status}`);
}
