/** The parts of the OpenAPI document's paths. */
import type { DescMessage } from "@bufbuild/protobuf";
import type { JsonSchema } from "./json-schema.ts";
import { isSection } from "./presence.ts";

export const ERROR_SCHEMA: JsonSchema = {
  description: "Why a request failed, as a Connect error.",
  type: "object",
  required: ["code", "message"],
  properties: {
    code: {
      description:
        "The Connect code: `invalid_argument`, `unauthenticated`, `permission_denied`, `not_found`, `unimplemented`, `unavailable`, `resource_exhausted`, `internal`.",
      type: "string",
    },
    message: { description: "The reason, and if useful how to fix it.", type: "string" },
  },
};

export const READY_SCHEMA: JsonSchema = {
  description: "The response of `GET /ready`.",
  type: "object",
  required: ["status"],
  properties: { status: { description: 'Always "ready".', type: "string" } },
};

/** Error responses, by status. */
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
  /** Text formats that it returns besides JSON, as media types. */
  readonly texts?: readonly string[];
  /** The `$ref` of the body's schema. Undefined: any object. */
  readonly body?: string;
  readonly failures?: JsonSchema;
}

/** What access control returns on every path. */
const REFUSALS: JsonSchema = {
  401: {
    ...errorResponse("The bearer token is missing or unknown, and `--token-file` requires one."),
    headers: { "www-authenticate": { description: "RFC 6750.", schema: { const: "Bearer" } } },
  },
  ...errors({
    403: "The Host header is not allowed: it names neither loopback nor one of `--allowed-hosts`.",
  }),
};

/** A path with GET. Failures that every path shares are in its default response. */
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
        ...errors({ 405: "The method is not one of GET, HEAD and OPTIONS, which the `allow` header lists." }),
        default: errorResponse(
          "404 for an unknown path, 413 for a body over 64 KiB, 500 for a bug in orch-metrics.",
        ),
      },
    },
  };
}

/** The sections to collect, in one comma-separated parameter. */
export function readMask(envelope: DescMessage): JsonSchema {
  const sections = envelope.fields.filter(isSection);
  return {
    name: "read_mask",
    in: "query",
    description: "Sections to collect and return, separated by commas. Unset or empty means all.",
    style: "form",
    explode: false,
    schema: { type: "array", items: { type: "string", enum: sections.map(({ jsonName }) => jsonName) } },
  };
}

/** The format of the response, which overrides the `Accept` header. */
export function format(names: readonly string[]): JsonSchema {
  return {
    name: "format",
    in: "query",
    description:
      "The format of the response. It overrides `Accept`, which cannot be set in a browser's address bar. Default: the format that `Accept` prefers, or JSON.",
    schema: { type: "string", enum: names },
  };
}
