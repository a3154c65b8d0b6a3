/** Describes failures without a library's message, which may contain a URL with its password, or a token. */
import { OperatorError } from "../shared/operator-error.ts";

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was closed",
  EPROTO: "it does not support TLS, or not this version: its URL may have to begin with http:",
  EHOSTUNREACH: "there is no route to its host",
  ENETUNREACH: "there is no route to its host",
  ENOTFOUND: "its host name is unknown",
  EAI_AGAIN: "its host name cannot be looked up now",
  CERT_HAS_EXPIRED: "its certificate has expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not support TLS: its URL may have to begin with http:",
  ETIMEDOUT: "no answer in time",
  UND_ERR_SOCKET: "the connection was closed",
};

/** Groups of codes. */
const KINDS: readonly (readonly [RegExp, (code: string) => string])[] = [
  [/^HPE_/, () => "its answer is not valid HTTP"],
  [/^ERR_OSSL_/, () => "its certificate_file and key_file cannot be used together"],
  [
    /SELF_SIGNED|^UNABLE_TO/,
    (code) => `${code}: its certificate is not trusted, so add its CA with NODE_EXTRA_CA_CERTS`,
  ],
];

/** Returns a message of this program, or the system's error code. */
export function reasonOf(error: unknown): string {
  if (error instanceof OperatorError) return error.message;
  if (error instanceof Error && error.name === "TimeoutError") return "no answer in time";
  // `fetch` has no code for it: fetch.spec.whatwg.org, "Port blocking".
  if (error instanceof Error && (error.cause as Error | undefined)?.message === "bad port")
    return "its port is reserved for another protocol, and HTTP clients refuse it: use another port";
  const code = codesOf(error).at(-1);
  if (code === undefined) return "an unexpected error";
  return REASONS[code] ?? KINDS.find(([kind]) => kind.test(code))?.[1](code) ?? code;
}

/** Returns the codes of an error and its causes: `fetch` hides the system's error in the cause of its own. */
export function codesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const { code } = error as { code?: unknown };
  const own = typeof code === "string" && /^\w{1,60}$/.test(code) ? [code] : [];
  return [...own, ...codesOf(error.cause)];
}
