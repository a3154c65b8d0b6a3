/** PEM files that hold one certificate or several. */
import { X509Certificate } from "node:crypto";
import { OperatorError } from "./operator-error.ts";

const BLOCK =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*(?:-----END (?:TRUSTED |X509 )?CERTIFICATE-----)?/g;

/** Every certificate of the text, in its order. Throws OperatorError where there is none or one cannot be read. */
export function certificatesIn(text: string): readonly [X509Certificate, ...X509Certificate[]] {
  const [first, ...others] = (text.match(BLOCK) ?? []).map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw new OperatorError(`certificate ${index + 1} of the file cannot be read: replace it`);
    }
  });
  if (first === undefined) throw new OperatorError("it holds no certificate in PEM");
  return [first, ...others];
}

/** The same for certificates that are to sign others: one that may not, and is not its own issuer, would lock everybody out. */
export function authoritiesIn(text: string): readonly X509Certificate[] {
  const certificates = certificatesIn(text);
  for (const [index, certificate] of certificates.entries()) {
    if (!certificate.ca && !certificate.checkIssued(certificate))
      throw new OperatorError(
        `certificate ${index + 1} of the file is not a CA's: use the one that signed it`,
      );
  }
  return certificates;
}
