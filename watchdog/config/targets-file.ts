/** The orchestrators to watch, from flags and from a file that may change. */
import { defined } from "../defined.ts";
import { readToken } from "./files.ts";
import { parseChecked } from "./yaml-file.ts";

/** The names of the settings with the path of a PEM file. */
const TLS_FILES = ["ca_file", "certificate_file", "key_file"] as const;

/** Paths of PEM files. */
export type TlsFiles = { readonly [Name in (typeof TLS_FILES)[number]]?: string };

export interface TargetAddress {
  readonly name: string;
  /** For example `http://127.0.0.1:9977`. */
  readonly url: string;
  /** Called before each poll, so that a token can be replaced. Throws if the file cannot be read. */
  readonly token?: () => string;
  /** Without a `ca_file`, the system's CAs; without the others, no client certificate. */
  readonly tls?: TlsFiles;
}

/** The target name of the watchdog's own alerts. */
export const OWN_NAME = "orch-watchdog";

/** Without user and query, since paths are appended to it. */
const URL_FORM = "https?://[^\\s/@]+(?:/[^\\s?#@]*)?";

/** Browsers remove `.` and `..` from a path. */
const NAME = `^(?!(?:${OWN_NAME}|\\.\\.?)$)[^\\s/\\\\]{1,100}$`;

const SCHEMA = {
  type: "object",
  additionalProperties: false,
  required: ["targets"],
  properties: {
    targets: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name", "url"],
        properties: {
          name: {
            type: "string",
            pattern: NAME,
            description: `a name without spaces and slashes, not ${OWN_NAME}`,
          },
          url: {
            type: "string",
            format: "url",
            pattern: `^${URL_FORM}$`,
            description: "a URL such as http://127.0.0.1:9977, without user and query",
          },
          ...Object.fromEntries(
            ["token_file", ...TLS_FILES].map((name) => [name, { type: "string", minLength: 1 }]),
          ),
        },
        dependencies: { certificate_file: ["key_file"], key_file: ["certificate_file"] },
      },
    },
  },
};

interface TargetsFile {
  readonly targets: readonly (Pick<TargetAddress, "name" | "url"> &
    TlsFiles & { readonly token_file?: string })[];
}

/** Throws FileErrors. */
export function parseTargets(text: string, fileName: string): readonly TargetAddress[] {
  const { targets } = parseChecked(text, fileName, SCHEMA) as TargetsFile;
  return targets.map(({ name, url, token_file, ...tls }) => {
    const token = token_file === undefined ? undefined : () => readToken(token_file);
    return defined({ name, url, token, tls });
  });
}

/** Parses `NAME=URL`. Returns undefined if it is not of that form. */
export function parseTarget(text: string): TargetAddress | undefined {
  const [, name, url] = new RegExp(`^([^=]+)=(${URL_FORM})$`).exec(text.trim()) ?? [];
  return name && url && new RegExp(NAME, "u").test(name) && URL.canParse(url) ? { name, url } : undefined;
}
