/**
 * `GET /metrics`: one envelope, as JSON or as text for Prometheus and similar scrapers, whichever the client accepts
 * (RFC 9110, section 12.5.1).
 */
import type { IncomingMessage } from "node:http";
import { Code } from "@connectrpc/connect";
import Negotiator from "negotiator";
import type { GetMetricsResponse } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { expositionText } from "../../shared/exposition-text.ts";
import { version } from "../../shared/version.ts";
import { families } from "../exposition/families.ts";
import { type MetricsService, UnknownSectionError } from "../metrics/service.ts";
import { type Answer, errorAnswer } from "./answer.ts";
import { envelopeText } from "./json.ts";

export const REPRESENTATIONS = {
  json: "application/json",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
} as const;

export type Representation = keyof typeof REPRESENTATIONS;

/** What answers a path. It does not reject because the store cannot be read. */
export interface PlainRoute {
  readonly answer: (query: URLSearchParams, accept: string | undefined) => Promise<Answer>;
  /** The query parameters that it takes; undefined: it ignores what is given, as in its first release. */
  readonly parameters?: readonly string[];
}

export const METRICS_PARAMETERS = ["read_mask", "format"];

const VARY = "accept, accept-encoding";

export function metricsRoute(service: MetricsService): PlainRoute {
  /** Calls that share a collection share its text too. */
  const texts = new WeakMap<GetMetricsResponse, Map<Representation, string>>();

  function textOf(envelope: GetMetricsResponse, representation: Representation): string {
    const known = texts.get(envelope) ?? new Map<Representation, string>();
    texts.set(envelope, known);
    let text = known.get(representation);
    if (text === undefined) {
      text =
        representation === "json"
          ? envelopeText(envelope)
          : expositionText(families(envelope, version()), representation);
      known.set(representation, text);
    }
    return text;
  }

  return {
    parameters: METRICS_PARAMETERS,
    async answer(query, accept) {
      const representation = wanted(query, accept);
      if (typeof representation !== "string") return representation;
      try {
        const envelope = await service.metrics(maskPaths(query));
        const headers = { "content-type": REPRESENTATIONS[representation], vary: VARY };
        return { status: 200, body: textOf(envelope, representation), headers };
      } catch (error) {
        if (error instanceof UnknownSectionError) return errorAnswer(Code.InvalidArgument, error.message);
        throw error;
      }
    },
  };
}

/** By `?format=`, for a person with a browser; else by the Accept header. */
function wanted(query: URLSearchParams, accept: string | undefined): Representation | Answer {
  const names = Object.keys(REPRESENTATIONS).join(", ");
  const format = query.get("format");
  if (format !== null) {
    if (Object.hasOwn(REPRESENTATIONS, format)) return format as Representation;
    return errorAnswer(
      Code.InvalidArgument,
      `format: ${JSON.stringify(format.slice(0, 40))} is none of ${names}`,
    );
  }
  const types = Object.values(REPRESENTATIONS).join("; ");
  return (
    representationFor(accept) ??
    errorAnswer(
      Code.InvalidArgument,
      `nothing that the Accept header lists is available: supported types are ${types}`,
      { status: 406, headers: { vary: VARY } },
    )
  );
}

/** `read_mask=queue,cost`, once or several times. */
function maskPaths(query: URLSearchParams): string[] {
  return query
    .getAll("read_mask")
    .flatMap((value) => value.split(","))
    .filter((path) => path !== "");
}

/**
 * The best of those that the client takes, JSON where it does not mind; undefined where it takes none. A scraper minds:
 * whatever it asks for, in a version that is not known here, and then anything, it can do nothing with JSON.
 */
export function representationFor(accept: string | undefined): Representation | undefined {
  const wanted = accept?.trim() || "*/*";
  if (wanted === "*/*") return "json";
  const names: readonly Representation[] = SCRAPED.test(wanted)
    ? ["prometheus", "openmetrics", "json"]
    : ["json", "openmetrics", "prometheus"];
  const offered = names.map((name) => withoutOwnParameters(REPRESENTATIONS[name]));
  const headers = { accept: withoutOwnParameters(wanted) };
  const [best = ""] = new Negotiator({ headers } as IncomingMessage).mediaTypes(offered);
  return names[offered.indexOf(best)];
}

/** What only scrapers ask for: prometheus.io/docs/instrumenting/content_negotiation. */
const SCRAPED = /application\/openmetrics-text|io\.prometheus\.client|text\/plain\s*;\s*version=/i;

/** How names are escaped, which no name of ours needs, and the charset, which is the only one and stands in nobody's way. */
function withoutOwnParameters(accept: string): string {
  return accept.replaceAll(/;\s*(?:escaping|charset)=[^;,]*/gi, "");
}
