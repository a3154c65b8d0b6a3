/** A YAML (or JSON) file held against a schema: every fault at once, each with its line and its key. */
import type { ErrorObject, ValidateFunction } from "ajv";
import { Ajv } from "ajv";
import { isMap, isNode, isScalar, LineCounter, type Node, type Pair, parseDocument } from "yaml";

/** Faults of one file, one a line: `thresholds.yaml:4: rules.agent-hung.for_seconds must be number`. */
export class FileFaults extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
    this.name = "FileFaults";
    this.faults = faults;
  }
}

type Document = ReturnType<typeof parseDocument>;

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, verbose: true });
ajv.addFormat("url", (text) => URL.canParse(text));
const compiled = new Map<object, ValidateFunction>();

/** The text's value; an empty text is an empty object. Throws FileFaults. */
export function parseChecked(text: string, name: string, schema: object): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  if (document.errors.length > 0) {
    throw new FileFaults(
      document.errors.map(
        ({ pos, code }) =>
          `${name}:${lines.linePos(pos[0]).line}: ${YAML_FAULTS[code] ?? `it is not valid YAML (${code})`}`,
      ),
    );
  }
  const value = contentOf(document, name) ?? {};
  let validate = compiled.get(schema);
  if (!validate) {
    validate = ajv.compile(schema);
    compiled.set(schema, validate);
  }
  if (!validate(value)) {
    const faults = (validate.errors ?? []).map((error) => describe(error, document, lines));
    faults.sort((a, b) => a.line - b.line);
    throw new FileFaults([...new Set(faults.map(({ line, text: what }) => `${name}:${line}: ${what}`))]);
  }
  return value;
}

/** Throws FileFaults for an alias of nothing, of itself, or of too much. */
function contentOf(document: Document, name: string): unknown {
  try {
    return document.toJS();
  } catch {
    throw new FileFaults([`${name}:1: it has an alias of nothing, of itself, or of too much`]);
  }
}

/** In our words: the library's may hold a part of the file, which may be a file of secrets given by mistake. */
const YAML_FAULTS: Readonly<Record<string, string>> = {
  BAD_INDENT: "the indentation does not fit the lines around it",
  DUPLICATE_KEY: "this key occurs twice",
  MISSING_CHAR: "a closing quote, bracket or colon is missing",
  TAB_AS_INDENT: "indent with spaces, not tabs",
};
/** A longer key is none of ours. */
const MOST_KEY_CHARACTERS = 80;

function describe(error: ErrorObject, document: Document, lines: LineCounter) {
  const path = error.instancePath
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const extra: string | undefined = error.params.additionalProperty;
  if (extra !== undefined) path.push(extra);
  const offset = offsetOf(document, path);
  // YAML takes a whole map for a key, over several lines.
  const key = path.join(".").replaceAll(/\s+/g, " ").slice(0, MOST_KEY_CHARACTERS) || "the file";
  return {
    line: offset === undefined ? 1 : lines.linePos(offset).line,
    text: extra === undefined ? `${key} ${wordsOf(error)}` : `${key} is no setting`,
  };
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
    case "enum":
      return `must be one of ${params.allowedValues.join(", ")}`;
    case "required":
      return `lacks ${params.missingProperty}`;
    case "type":
      return `must be ${[params.type]
        .flat()
        .map((type: string) => TYPES[type])
        .join(" or ")}`;
    case "format":
    case "pattern":
      return `must be ${parentSchema?.description}`;
    default:
      return message ?? "is wrong";
  }
}

/** Where the key stands, and for an item of a list the item. */
function offsetOf(document: Document, path: readonly string[]): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined = isNode(node) ? node.range?.[0] : undefined;
  for (const part of path) {
    const pair: Pair | undefined = isMap(node)
      ? node.items.find(({ key }) => isScalar(key) && String(key.value) === part)
      : undefined;
    const item: unknown = pair ? pair.value : (node as { items?: unknown[] } | null)?.items?.[Number(part)];
    const at = pair ? (pair.key as Node) : item;
    if (!isNode(at)) break;
    offset = at.range?.[0] ?? offset;
    node = item;
  }
  return offset;
}
