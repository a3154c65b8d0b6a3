/** `GET /metrics`: one envelope in the form that the client takes. */
import { Code } from "@connectrpc/connect";
import type { GetMetricsResponse } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { version } from "../../shared/version.ts";
import { families } from "../exposition/families.ts";
import { expositionText } from "../exposition/text.ts";
import { type MetricsService, UnknownSectionError } from "../metrics/service.ts";
import { type Answer, errorAnswer } from "./answer.ts";
import { envelopeText } from "./json.ts";
import {
  isRepresentation,
  REPRESENTATIONS,
  type Representation,
  representationFor,
} from "./representation.ts";

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
      text = render(envelope, representation);
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

function render(envelope: GetMetricsResponse, representation: Representation): string {
  return representation === "json"
    ? envelopeText(envelope)
    : expositionText(families(envelope, version()), representation);
}

/** By `?format=`, for a person with a browser; else by the Accept header. */
function wanted(query: URLSearchParams, accept: string | undefined): Representation | Answer {
  const names = Object.keys(REPRESENTATIONS).join(", ");
  const format = query.get("format");
  if (format !== null) {
    if (isRepresentation(format)) return format;
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
      `nothing that the Accept header takes can be given; there are ${types}`,
      {
        status: 406,
        headers: { vary: VARY },
      },
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
