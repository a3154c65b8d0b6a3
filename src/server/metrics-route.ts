/**
 * `GET /metrics`: one envelope, as JSON or in a Prometheus text format, according to the Accept header (RFC 9110,
 * section 12.5.1).
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

/** Handles a path. Does not reject if the store cannot be read. */
export interface PlainRoute {
  readonly answer: (query: URLSearchParams, accept: string | undefined) => Promise<Answer>;
  /** The accepted query parameters. Undefined: any are ignored, as in the first release. */
  readonly parameters?: readonly string[];
}

export const METRICS_PARAMETERS = ["read_mask", "format"];

const VARY = "accept, accept-encoding";

export function metricsRoute(service: MetricsService): PlainRoute {
  /** Texts by envelope: many clients that ask at the same time share a collection, and must not each cost a text. */
  const texts = new WeakMap<GetMetricsResponse, { [Name in Representation]?: string }>();

  function textOf(envelope: GetMetricsResponse, representation: Representation): string {
    const known = texts.get(envelope) ?? {};
    texts.set(envelope, known);
    known[representation] ??=
      representation === "json"
        ? envelopeText(envelope)
        : expositionText(families(envelope, version()), representation);
    return known[representation];
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

/** Returns the representation that `?format=` names, for use in a browser, or the one for the Accept header. */
function wanted(query: URLSearchParams, accept: string | undefined): Representation | Answer {
  const names = Object.keys(REPRESENTATIONS).join(", ");
  const format = query.get("format");
  if (format !== null) {
    if (Object.hasOwn(REPRESENTATIONS, format)) return format as Representation;
    return errorAnswer(
      Code.InvalidArgument,
      `unknown format ${JSON.stringify(format.slice(0, 40))}: use ${names}`,
    );
  }
  const types = Object.values(REPRESENTATIONS).join("; ");
  return (
    representationFor(accept) ??
    errorAnswer(Code.InvalidArgument, `no type in the Accept header is supported: use ${types}`, {
      status: 406,
      headers: { vary: VARY },
    })
  );
}

/** Parses `read_mask=queue,cost`, which may occur several times. */
function maskPaths(query: URLSearchParams): string[] {
  return query
    .getAll("read_mask")
    .flatMap((value) => value.split(","))
    .filter((path) => path !== "");
}

/**
 * Returns the representation that the client prefers, JSON if it has no preference, or undefined if it accepts none.
 * JSON comes last for a scraper, which cannot read it: a scraper may ask for an unknown version of a format, and accept
 * anything as a last choice.
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

/** Types that only scrapers ask for: prometheus.io/docs/instrumenting/content_negotiation. */
const SCRAPED = /application\/openmetrics-text|io\.prometheus\.client|text\/plain\s*;\s*version=/i;

/**
 * Removes the parameters for the escaping of names, which our names do not need, and for the charset, of which there is one.
 */
function withoutOwnParameters(accept: string): string {
  return accept.replaceAll(/;\s*(?:escaping|charset)=[^;,]*/gi, "");
}
