/** Checks a YAML or JSON file against a schema, and reports all errors with line and key. */
import { Ajv, type ErrorObject } from "ajv";
import { isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";
import { didYouMean, nearest } from "../../shared/nearest.ts";

/** The errors of one file, for example `thresholds.yaml:4: rules.agent-hung.for_seconds must be a number`. */
export class FileErrors extends Error {
  readonly errors: readonly string[];

  constructor(errors: readonly string[]) {
    super(errors.join("\n"));
    this.name = "FileErrors";
    this.errors = errors;
  }
}

type Document = ReturnType<typeof parseDocument>;

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, verbose: true });
ajv.addFormat("url", (text) => URL.canParse(text));

/** Returns the parsed value, or an empty object for an empty text. Throws FileErrors. */
export function parseChecked(text: string, name: string, schema: object): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const lineOf = (offset: number | undefined) => (offset === undefined ? 1 : lines.linePos(offset).line);
  const refuse = (
    errors: readonly { readonly offset?: number | undefined; readonly words: string }[],
  ): never => {
    const located = errors.map(({ offset, words }) => ({ line: lineOf(offset), words }));
    located.sort((a, b) => a.line - b.line);
    throw new FileErrors([...new Set(located.map(({ line, words }) => `${name}:${line}: ${words}`))]);
  };
  if (document.errors.length > 0)
    refuse(
      document.errors.map(({ pos, code }) => ({
        offset: pos[0],
        words: YAML_ERRORS[code] ?? `this is not valid YAML (${code})`,
      })),
    );
  let value: unknown;
  try {
    value = document.toJS() ?? {};
  } catch {
    refuse([{ words: "an alias has no anchor, contains itself, or expands to too much data" }]);
  }
  // The library compiles each schema once.
  const validate = ajv.compile(schema);
  if (!validate(value)) refuse((validate.errors ?? []).map((error) => describe(error, document)));
  return value;
}

/** The library's own messages may quote the file, which could be a file of secrets given by mistake. */
const YAML_ERRORS: Readonly<Record<string, string>> = {
  BAD_INDENT: "the indentation does not match the lines around it",
  DUPLICATE_KEY: "this key occurs twice",
  MISSING_CHAR: "a closing quote, bracket or colon is missing",
  MULTIPLE_DOCS: "a second document begins here: keep only one",
  TAB_AS_INDENT: "indent with spaces, not tabs",
};
/** No valid key is longer. */
const MOST_KEY_CHARACTERS = 80;

function describe(error: ErrorObject, document: Document) {
  const path = error.instancePath
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const unknown: string | undefined = error.params.additionalProperty;
  if (unknown !== undefined) path.push(unknown);
  // YAML accepts a whole mapping as a key, over several lines.
  const key = path.join(".").replaceAll(/\s+/g, " ").slice(0, MOST_KEY_CHARACTERS) || "the file";
  return { offset: offsetOf(document, path), words: `${key}${wordsOf(error)}` };
}

const TYPES: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  null: "null",
  number: "a number",
  object: "a mapping",
  string: "a text",
};

function wordsOf({ keyword, params, message, parentSchema }: ErrorObject): string {
  switch (keyword) {
    case "additionalProperties": {
      const known = Object.keys(parentSchema?.properties ?? {});
      return `: unknown setting${didYouMean(nearest(params.additionalProperty, known))}`;
    }
    case "enum":
      return ` must be one of ${params.allowedValues.join(", ")}`;
    case "required":
      return `: ${params.missingProperty} is missing`;
    case "type": {
      const types: readonly string[] = [params.type].flat();
      return ` must be ${types.map((type) => TYPES[type]).join(" or ")}`;
    }
    case "format":
    case "pattern":
      return ` must be ${parentSchema?.description}`;
    default:
      return ` ${message ?? "is invalid"}`;
  }
}

/** Returns the position of the key or list item, or of the closest parent. */
function offsetOf(document: Document, path: readonly string[]): number | undefined {
  const above = path.slice(0, -1);
  const parent = document.getIn(above, true);
  const pair = isMap(parent)
    ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === path.at(-1))
    : undefined;
  const node = pair?.key ?? document.getIn(path, true);
  if (isNode(node)) return node.range?.[0];
  return path.length === 0 ? undefined : offsetOf(document, above);
}
