/**
 * The TLS server, which uses a replaced certificate for new connections, and the checks of its files. With a CA it
 * requires client certificates.
 */
import type { X509Certificate } from "node:crypto";
import tls from "node:tls";
import { authoritiesIn, certificatesIn } from "../../shared/certificates.ts";
import { explained, OperatorError } from "../../shared/operator-error.ts";
import { type NamedFile, type Watched, type WatchOptions, watchFiles } from "../watched-files.ts";
import type { TimeLimits } from "./limits.ts";

/** PEM texts of a server. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
  /** The CA that signs client certificates. Undefined: clients need no certificate. */
  readonly ca?: string | undefined;
}

export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
  readonly clientCa: string | null;
}

const CERTIFICATE = "--tls-certificate";
const KEY = "--tls-key";
const CLIENT_CA = "--tls-client-ca";

/** Throws OperatorError if the files cannot be used. */
export function watchTlsFiles(
  { certificate, key, clientCa }: TlsFiles,
  report: WatchOptions<TlsIdentity>["report"],
  lookSeconds?: number,
): Watched<TlsIdentity> {
  const files: NamedFile[] = [
    { flag: CERTIFICATE, path: certificate, isSecret: false },
    { flag: KEY, path: key, isSecret: true },
  ];
  if (clientCa !== null) files.push({ flag: CLIENT_CA, path: clientCa, isSecret: false });
  return watchFiles({
    files,
    report,
    lookSeconds,
    make: ([certText = "", keyText = "", ca]) => {
      const identity = { cert: certText, key: keyText, ca };
      const { validToDate } = checked(identity);
      if (validToDate < new Date())
        report("warn", `${CERTIFICATE}: the certificate expired on ${validToDate.toISOString()}`);
      return identity;
    },
  });
}

/** Returns the server's certificate after checking that certificate, key and CA can be used together. Throws OperatorError. */
function checked(identity: TlsIdentity): X509Certificate {
  const [certificate] = explained(CERTIFICATE, () => certificatesIn(identity.cert));
  const { ca } = identity;
  if (ca !== undefined) explained(CLIENT_CA, () => authoritiesIn(ca));
  try {
    tls.createSecureContext(contextOf(identity));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new OperatorError(
      code === "ERR_OSSL_X509_KEY_VALUES_MISMATCH"
        ? `${KEY}: the key does not match ${CERTIFICATE}: use a matching pair`
        : `${KEY}: the file has no PEM private key without a passphrase (${code})`,
    );
  }
  return certificate;
}

function contextOf({ cert, key, ca }: TlsIdentity): tls.SecureContextOptions {
  return { cert, key, ...(ca !== undefined && { ca }), minVersion: "TLSv1.2" };
}

/** Negotiates HTTP/2 or HTTP/1.1 through ALPN (RFC 7301). Emits `secureConnection` for accepted clients. */
export function createTlsServer(identity: Watched<TlsIdentity>, { headerSeconds }: TimeLimits): tls.Server {
  const server = tls.createServer({
    ...contextOf(identity.value),
    ALPNProtocols: ["h2", "http/1.1"],
    handshakeTimeout: headerSeconds * 1000,
    requestCert: identity.value.ca !== undefined,
    rejectUnauthorized: true,
  });
  identity.onChange((next) => server.setSecureContext(contextOf(next)));
  return server;
}
