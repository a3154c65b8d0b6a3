/** Which orchestrators to watch: by flag, and by a file that may change while the watchdog runs. */
import { defined } from "../defined.ts";
import { readToken } from "./files.ts";
import { parseChecked } from "./yaml-file.ts";

/** Paths of PEM files. */
export interface TlsFiles {
  /** Who signed the target's certificate; undefined: who the system trusts. */
  readonly ca?: string;
  /** What the watchdog shows of itself, with its key. */
  readonly cert?: string;
  readonly key?: string;
}

export interface TargetAddress {
  readonly name: string;
  /** Such as `http://127.0.0.1:9977`. */
  readonly url: string;
  /** Asked before each poll, so that a token may be replaced; rejects when its file cannot be read. */
  readonly token?: () => string;
  /** Absent: the system's CAs, and no certificate of the watchdog's own. */
  readonly tls?: TlsFiles;
}

/** The watchdog's own alerts bear this name in place of a target's. */
export const OWN_NAME = "orch-watchdog";

const NAME = `^(?!${OWN_NAME}$)[^\\s/\\\\]{1,100}$`;

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
            pattern: "^https?://[^\\s/@]+(/[^\\s?#@]*)?$",
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

/** `NAME=URL`; undefined where it is no such thing. */
export function parseTarget(text: string): TargetAddress | undefined {
  const [, name, url] = /^([^=]+)=(https?:\/\/[^\s/@]+(?:\/[^\s?#@]*)?)$/.exec(text.trim()) ?? [];
  return name && url && new RegExp(NAME, "u").test(name) && URL.canParse(url) ? { name, url } : undefined;
}
