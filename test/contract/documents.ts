/** The generated documents, and validators compiled from them. */
import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { expect } from "vitest";

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../openapi/${name}`, import.meta.url), "utf8"));

interface Content {
  readonly headers?: Readonly<Record<string, { readonly schema: object }>>;
  readonly content: { readonly "application/json": { readonly schema: object } };
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly schema: { readonly enum?: string[] } }[];
  readonly responses: Readonly<Record<string, Content>>;
}

export interface OpenapiDocument {
  readonly paths: Readonly<Record<string, { readonly get: Operation }>>;
  readonly security: readonly object[];
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly securitySchemes: Readonly<Record<string, { readonly type: string; readonly scheme: string }>>;
  };
}

export const OPENAPI: OpenapiDocument = read("metrics.openapi.json");

const compiled = new Map<string, ValidateFunction>();

/** Strict mode makes a misspelt schema keyword an error instead of a rule without effect. */
function compile(schema: object): ValidateFunction {
  const text = JSON.stringify(schema);
  const known = compiled.get(text);
  if (known) return known;
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, keywords: ["components"] });
  formats.default(ajv);
  const validate = ajv.compile(schema);
  compiled.set(text, validate);
  return validate;
}

/** Validates the body of `GET /metrics`. */
export const isEnvelope = compile(read("metrics.schema.json"));

export function expectEnvelope(body: unknown): void {
  isEnvelope(body);
  expect(isEnvelope.errors).toBeNull();
}

/** Expects a response that the OpenAPI document lists for this path, under its exact status or the default. */
export async function expectDocumented(
  path: string,
  answer: Response,
  { byDefault = false } = {},
): Promise<void> {
  const responses = OPENAPI.paths[path]?.get.responses ?? {};
  const response = responses[byDefault ? "default" : answer.status];
  expect(response, `${path} ${answer.status}`).toBeDefined();
  expect(answer.headers.get("content-type")).toBe("application/json");
  for (const [name, header] of Object.entries(response?.headers ?? {}))
    expect(compile(header.schema)(answer.headers.get(name)), `${path} ${answer.status}: ${name}`).toBe(true);
  const { schema } = response?.content["application/json"] ?? {};
  const isValid = compile({ ...schema, components: OPENAPI.components });
  isValid(await answer.json());
  expect(isValid.errors, `${path} ${answer.status}`).toBeNull();
}
