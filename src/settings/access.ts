/** Where the service can be reached besides its port, and who may read. */
import { isIPv6 } from "node:net";
import { booleanSetting, listOf, nonEmpty, setting } from "./setting.ts";

const NONE = { fallback: null, fallbackText: "none" } as const;
const A_FILE = "the path of a file";

export const ACCESS_SETTINGS = {
  socket: setting<string | null>({
    flag: "socket",
    env: "ORCH_METRICS_SOCKET",
    placeholder: "PATH",
    describe: "a Unix socket to listen on in place of the port",
    accepts: "a path of at most 107 bytes",
    ...NONE,
    // sun_path: unix(7).
    parse: (text) => (Buffer.byteLength(text) <= 107 ? nonEmpty(text) : undefined),
  }),
  socketMode: setting<number | null>({
    flag: "socket-mode",
    env: "ORCH_METRICS_SOCKET_MODE",
    placeholder: "MODE",
    describe: "who may connect to the socket",
    accepts: "three octal digits such as 660",
    fallback: null,
    fallbackText: "660 with a group, else 600",
    parse: (text) => (/^0?[0-7]{3}$/.test(text) ? Number.parseInt(text, 8) : undefined),
  }),
  socketGroup: setting<string | null>({
    flag: "socket-group",
    env: "ORCH_METRICS_SOCKET_GROUP",
    placeholder: "GROUP",
    describe: "the socket's group",
    accepts: "a group's name or number",
    fallback: null,
    fallbackText: "the user's own",
    parse: nonEmpty,
  }),
  tokenFile: setting<string | null>({
    flag: "token-file",
    env: "ORCH_METRICS_TOKEN_FILE",
    placeholder: "FILE",
    describe: "the bearer tokens that may read, one a line; read again when it changes",
    accepts: A_FILE,
    ...NONE,
    parse: nonEmpty,
  }),
  openHealth: booleanSetting({
    flag: "open-health",
    env: "ORCH_METRICS_OPEN_HEALTH",
    describe: "whether /health, /ready and gRPC's health are answered without a token",
    fallback: true,
  }),
  tlsCertificate: setting<string | null>({
    flag: "tls-certificate",
    env: "ORCH_METRICS_TLS_CERTIFICATE",
    placeholder: "FILE",
    describe: "the certificate with its chain, in PEM; read again when it changes",
    accepts: A_FILE,
    ...NONE,
    parse: nonEmpty,
  }),
  tlsKey: setting<string | null>({
    flag: "tls-key",
    env: "ORCH_METRICS_TLS_KEY",
    placeholder: "FILE",
    describe: "the certificate's private key, in PEM",
    accepts: A_FILE,
    ...NONE,
    parse: nonEmpty,
  }),
  tlsClientCa: setting<string | null>({
    flag: "tls-client-ca",
    env: "ORCH_METRICS_TLS_CLIENT_CA",
    placeholder: "FILE",
    describe: "the CA whose client certificates may connect, and no others",
    accepts: A_FILE,
    ...NONE,
    parse: nonEmpty,
  }),
  allowAnonymous: booleanSetting({
    flag: "allow-anonymous",
    env: "ORCH_METRICS_ALLOW_ANONYMOUS",
    describe: "whether other machines may read without a token or a client certificate",
    fallback: false,
  }),
  allowedHosts: setting<readonly string[]>({
    flag: "allowed-hosts",
    env: "ORCH_METRICS_ALLOWED_HOSTS",
    placeholder: "NAMES",
    describe: "further names by which requests may call this host, such as a proxy's",
    accepts: "host names or addresses without a port, separated by commas",
    fallback: [],
    fallbackText: "none",
    parse: (text) => allOf(listOf(text), isHostName),
  }),
  corsOrigins: setting<readonly string[]>({
    flag: "cors-origins",
    env: "ORCH_METRICS_CORS_ORIGINS",
    placeholder: "ORIGINS",
    describe: "the origins whose pages may read from a browser",
    accepts: "origins such as https://board.example, separated by commas",
    fallback: [],
    fallbackText: "none",
    parse: (text) => allOf(listOf(text), isOrigin),
  }),
};

function allOf(
  names: readonly string[] | undefined,
  isOne: (name: string) => boolean,
): readonly string[] | undefined {
  return names?.every(isOne) ? names : undefined;
}

function isHostName(text: string): boolean {
  return /^[a-z0-9_.-]+$/i.test(text) || isIPv6(text.replace(/^\[(.*)\]$/, "$1"));
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text && /^https?:/.test(text);
}
