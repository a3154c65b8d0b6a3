/** Certificates created for a test with the `openssl` program: an authority, and what it signs. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

export interface Authority extends Disposable {
  readonly folder: string;
  /** The authority's own certificate: its path, and its text. */
  readonly ca: string;
  readonly caText: string;
  /** Returns the paths of a certificate for localhost and 127.0.0.1, and of its key. */
  sign(name: string): Pair;
}

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe" });

export function createAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), "orch-metrics-tls-"));
  const at = (name: string) => join(folder, name);
  const ca = at("ca.pem");
  openssl("req", "-x509", ...KEY, "-keyout", at("ca-key.pem"), "-out", ca, "-days", "2", "-subj", "/CN=test");
  return {
    folder,
    ca,
    caText: readFileSync(ca, "utf8"),
    sign(name) {
      const pair = { certificate: at(`${name}.pem`), key: at(`${name}-key.pem`) };
      const names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
      const request = at(`${name}.csr`);
      openssl("req", ...KEY, "-keyout", pair.key, "-out", request, "-subj", `/CN=${name}`, "-addext", names);
      const signed = ["-CA", ca, "-CAkey", at("ca-key.pem"), "-days", "2", "-copy_extensions", "copy"];
      openssl("x509", "-req", "-in", request, ...signed, "-out", pair.certificate);
      return pair;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Returns the client's TLS options for a certificate. */
export const shown = ({ certificate, key }: Pair) => ({
  cert: readFileSync(certificate),
  key: readFileSync(key),
});

/** Replaces the pair at the service's paths, as a renewal does. */
export function replacePair(where: Pair, other: Pair): void {
  writeFileSync(where.certificate, readFileSync(other.certificate));
  writeFileSync(where.key, readFileSync(other.key));
}
