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
const JSON_TYPE = "application/json";
const OPENMETRICS = "application/openmetrics-text;version=1.0.0";
const PROMETHEUS = "text/plain;version=0.0.4";

const BY_TYPE: Readonly<Record<string, Representation>> = {
  [JSON_TYPE]: "json",
  [OPENMETRICS]: "openmetrics",
  [PROMETHEUS]: "prometheus",
};

/**
 * The best of those that the client takes, JSON where it does not mind; undefined where it takes none. A scraper minds:
 * whatever it asks for, in a version that is not known here, and then anything, it can do nothing with JSON.
 */
export function representationFor(accept: string | undefined): Representation | undefined {
  const wanted = accept?.trim() || "*/*";
  if (wanted === "*/*") return "json";
  const offered = SCRAPED.test(wanted)
    ? [PROMETHEUS, OPENMETRICS, JSON_TYPE]
    : [JSON_TYPE, OPENMETRICS, PROMETHEUS];
  const headers = { accept: withoutOwnParameters(wanted) };
  const [best = ""] = new Negotiator({ headers } as IncomingMessage).mediaTypes(offered);
  return BY_TYPE[best];
}

/** What only scrapers ask for: prometheus.io/docs/instrumenting/content_negotiation. */
const SCRAPED = /application\/openmetrics-text|io\.prometheus\.client|text\/plain\s*;\s*version=/i;

/** How names are escaped, which no name of ours needs, and the charset, which is the only one. */
function withoutOwnParameters(accept: string): string {
  return accept.replaceAll(/;\s*(?:escaping|charset)=[^;,]*/gi, "");
}

export function isRepresentation(name: string): name is Representation {
  return Object.hasOwn(REPRESENTATIONS, name);
}
