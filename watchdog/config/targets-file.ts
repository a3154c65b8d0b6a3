/** Which orchestrators to watch: by flag, and by a file that may change while the watchdog runs. */
import { readFileSync } from "node:fs";
import { parseChecked } from "./yaml-file.ts";

export interface TargetAddress {
  readonly name: string;
  /** Such as `http://127.0.0.1:9977`. */
  readonly url: string;
  /** Asked before each poll, so that a token may be replaced; rejects when its file cannot be read. */
  readonly token?: () => string;
}

/** The watchdog's own alerts bear this name in place of a target's. */
export const OWN_NAME = "orch-watchdog";

const NAME = `^(?!${OWN_NAME}$)[^\\s/\\\\]{1,100}$`;

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
          name: { type: "string", pattern: NAME },
          url: { type: "string", format: "url", pattern: "^https?://[^\\s/@]+(/[^\\s?#@]*)?$" },
          token_file: { type: "string", minLength: 1 },
        },
      },
    },
  },
};

interface TargetsFile {
  readonly targets: readonly { readonly name: string; readonly url: string; readonly token_file?: string }[];
}

/** Throws FileFaults. */
export function parseTargets(text: string, fileName: string): readonly TargetAddress[] {
  const { targets } = parseChecked(text, fileName, SCHEMA) as TargetsFile;
  return targets.map(({ name, url, token_file }) => ({
    name,
    url,
    ...(token_file === undefined ? {} : { token: () => readToken(token_file) }),
  }));
}

/** `NAME=URL`; undefined where it is no such thing. */
export function parseTarget(text: string): TargetAddress | undefined {
  const [, name, url] = /^([^=]+)=(https?:\/\/[^\s/@]+(?:\/[^\s?#@]*)?)$/.exec(text.trim()) ?? [];
  return name && url && new RegExp(NAME, "u").test(name) && URL.canParse(url) ? { name, url } : undefined;
}

export function readToken(path: string): string {
  return readFileSync(path, "utf8").trim();
}
