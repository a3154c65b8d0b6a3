/** The orchestrators to watch, from flags and from a file that may change. */
import { defined } from "../defined.ts";
import { readToken } from "./files.ts";
import { parseChecked } from "./yaml-file.ts";

/** Paths of PEM files. */
export interface TlsFiles {
  /** The CA of the target's certificate; undefined: the system's CAs. */
  readonly ca?: string;
  /** The watchdog's client certificate. */
  readonly cert?: string;
  readonly key?: string;
}

export interface TargetAddress {
  readonly name: string;
  /** For example `http://127.0.0.1:9977`. */
  readonly url: string;
  /** Called before each poll, so that a token can be replaced. Throws if the file cannot be read. */
  readonly token?: () => string;
  /** Absent: the system's CAs, and no client certificate. */
  readonly tls?: TlsFiles;
}

/** The target name of the watchdog's own alerts. */
export const OWN_NAME = "orch-watchdog";

/** Without user and query, since paths are appended to it. */
const URL_FORM = "https?://[^\\s/@]+(?:/[^\\s?#@]*)?";

/** Browsers remove `.` and `..` from a path. */
const NAME = `^(?!(?:${OWN_NAME}|\\.\\.?)$)[^\\s/\\\\]{1,100}$`;

const FILES = ["token_file", "ca_file", "certificate_file", "key_file"] as const;

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
          ...Object.fromEntries(FILES.map((name) => [name, { type: "string", minLength: 1 }])),
        },
        dependencies: { certificate_file: ["key_file"], key_file: ["certificate_file"] },
      },
    },
  },
};

interface TargetsFile {
  readonly targets: readonly (Pick<TargetAddress, "name" | "url"> & {
    readonly [File in (typeof FILES)[number]]?: string;
  })[];
}

/** Throws FileErrors. */
export function parseTargets(text: string, fileName: string): readonly TargetAddress[] {
  const { targets } = parseChecked(text, fileName, SCHEMA) as TargetsFile;
  return targets.map(({ name, url, token_file, ca_file, certificate_file, key_file }) => {
    const tls = defined({ ca: ca_file, cert: certificate_file, key: key_file });
    const token = token_file === undefined ? undefined : () => readToken(token_file);
    return defined({ name, url, token, tls: Object.keys(tls).length > 0 ? tls : undefined });
  });
}

/** Parses `NAME=URL`. Returns undefined if it is not of that form. */
export function parseTarget(text: string): TargetAddress | undefined {
  const [, name, url] = new RegExp(`^([^=]+)=(${URL_FORM})$`).exec(text.trim()) ?? [];
  return name && url && new RegExp(NAME, "u").test(name) && URL.canParse(url) ? { name, url } : undefined;
}
