/** Parses PEM files with one certificate or several. */
import { X509Certificate } from "node:crypto";
import { OperatorError } from "./operator-error.ts";

const BLOCK =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*(?:-----END (?:TRUSTED |X509 )?CERTIFICATE-----)?/g;

/** Returns every certificate of the text, in its order. Throws OperatorError if there is none, or one cannot be read. */
export function certificatesIn(text: string): readonly [X509Certificate, ...X509Certificate[]] {
  const [first, ...others] = (text.match(BLOCK) ?? []).map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw new OperatorError(`cannot read certificate ${index + 1} of the file: replace it`);
    }
  });
  if (first === undefined) throw new OperatorError("the file has no PEM certificate");
  return [first, ...others];
}

/** Does the same for CA certificates. A certificate that is neither a CA's nor self-signed would lock out every client. */
export function authoritiesIn(text: string): readonly X509Certificate[] {
  const certificates = certificatesIn(text);
  for (const [index, certificate] of certificates.entries()) {
    if (!certificate.ca && !certificate.checkIssued(certificate))
      throw new OperatorError(
        `certificate ${index + 1} of the file is not a CA certificate: use the one that signed it`,
      );
  }
  return certificates;
}
