/** In which form `GET /metrics` answers: as JSON, or as text for Prometheus and its kin. RFC 9110, section 12.5.1. */
import type { IncomingMessage } from "node:http";
import Negotiator from "negotiator";

export const REPRESENTATIONS = {
  json: "application/json",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
} as const;

export type Representation = keyof typeof REPRESENTATIONS;

/** Without the charset: nobody asks for one, and what is not asked for must not stand in the way. */
const OFFERED: readonly (readonly [type: string, representation: Representation])[] = [
  ["application/json", "json"],
  ["application/openmetrics-text;version=1.0.0", "openmetrics"],
  ["text/plain;version=0.0.4", "prometheus"],
];

/** The best of those that the client takes, JSON where it does not mind; undefined where it takes none. */
export function representationFor(accept: string | undefined): Representation | undefined {
  if (accept === undefined || accept === "*/*") return "json";
  const headers = { accept: withoutOwnParameters(accept) };
  const types = new Negotiator({ headers } as IncomingMessage).mediaTypes(OFFERED.map(([type]) => type));
  return OFFERED.find(([type]) => type === types[0])?.[1];
}

/** How names are escaped, which no name of ours needs, and the charset, which is the only one. */
function withoutOwnParameters(accept: string): string {
  return accept.replaceAll(/;\s*(?:escaping|charset)=[^;,]*/gi, "");
}

export function isRepresentation(name: string): name is Representation {
  return Object.hasOwn(REPRESENTATIONS, name);
}
