/** The parts of which the OpenAPI document's paths are made. */
import type { DescMessage } from "@bufbuild/protobuf";
import type { JsonSchema } from "./json-schema.ts";
import { isSection } from "./presence.ts";

export const ERROR_SCHEMA: JsonSchema = {
  description: "Why a request was not answered: the Connect protocol's error.",
  type: "object",
  required: ["code", "message"],
  properties: {
    code: {
      description:
        "A Connect code: `invalid_argument`, `unauthenticated`, `permission_denied`, `not_found`, `unimplemented`, `unavailable`, `resource_exhausted`, `internal`.",
      type: "string",
    },
    message: { description: "What is wrong, in an operator's words.", type: "string" },
  },
};

export const READY_SCHEMA: JsonSchema = {
  description: "What `GET /ready` answers.",
  type: "object",
  required: ["status"],
  properties: { status: { description: 'Always "ready".', type: "string" } },
};

/** Responses of the error's shape, by status. */
export function errors(descriptions: Readonly<Record<number, string>>): JsonSchema {
  return Object.fromEntries(
    Object.entries(descriptions).map(([status, description]) => [status, errorResponse(description)]),
  );
}

function errorResponse(description: string): JsonSchema {
  return { description, content: content({ $ref: "#/components/schemas/Error" }) };
}

function content(schema: JsonSchema): JsonSchema {
  return { "application/json": { schema } };
}

interface Parts {
  readonly description?: string;
  readonly parameters?: readonly JsonSchema[];
  /** Media types that it answers in beside JSON: each a text. */
  readonly texts?: readonly string[];
  /** The `$ref` of the body's schema; without one it is any object. */
  readonly body?: string;
  readonly failures?: JsonSchema;
}

/** What a gate answers before any path does. */
const REFUSALS: JsonSchema = {
  401: {
    ...errorResponse("No token that is known here, where `--token-file` asks for one."),
    headers: { "www-authenticate": { description: "RFC 6750.", schema: { const: "Bearer" } } },
  },
  ...errors({
    403: "The request calls this host by a name that it is not known by: neither loopback's nor one of `--allowed-hosts`.",
  }),
};

/** A path that answers GET. What every path may answer beside its own failures is said once, as the default. */
export function operation(operationId: string, summary: string, parts: Parts): JsonSchema {
  const { body, failures, texts = [], ...more } = parts;
  const schema = body === undefined ? { type: "object" } : { $ref: body };
  const asText = Object.fromEntries(texts.map((type) => [type, { schema: { type: "string" } }]));
  return {
    get: {
      operationId,
      summary,
      ...more,
      responses: {
        200: { description: summary, content: { ...content(schema), ...asText } },
        ...failures,
        ...REFUSALS,
        ...errors({ 405: "Another method than GET, HEAD and OPTIONS; the header `allow` has those." }),
        default: errorResponse(
          "404 on a path that is none of these, 413 for a body of more than 64 KiB, 500 for a bug in orch-metrics.",
        ),
      },
    },
  };
}

/** The sections to collect, as one comma-separated parameter. */
export function readMask(envelope: DescMessage): JsonSchema {
  const sections = envelope.fields.filter(isSection);
  return {
    name: "read_mask",
    in: "query",
    description: "Sections to collect and send, separated by commas. Unset or empty: all of them.",
    style: "form",
    explode: false,
    schema: { type: "array", items: { type: "string", enum: sections.map(({ jsonName }) => jsonName) } },
  };
}

/** The answer's form, which beats the `Accept` header. */
export function format(names: readonly string[]): JsonSchema {
  return {
    name: "format",
    in: "query",
    description: "The form of the answer, for a browser; it beats `Accept`. Unset: by `Accept`, else JSON.",
    schema: { type: "string", enum: names },
  };
}
