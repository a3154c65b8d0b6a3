/**
 * Configurations of access with which `serve` does not start. The fast tests check them in the test's
 * process, and one of each kind against the program. The slow tests check all against the program.
 */
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { expect } from "vitest";
import { OperatorError } from "../../shared/operator-error.ts";
import { startService } from "../../src/commands/serve.ts";
import { readConfig, SETTINGS, type SettingName } from "../../src/settings.ts";
import { runProgram } from "../support/service.ts";

export interface Refused {
  readonly what: string;
  /** The flags. Writes the files that they name into the folder. */
  readonly args: (folder: string) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A part of the error line, or the whole line if it ends with a line feed. */
  readonly words: string;
}

const CERTIFICATE = new URL("../support/tls/certificate.pem", import.meta.url).pathname;
const KEY = readFileSync(new URL("../support/tls/key.pem", import.meta.url), "utf8");

const anonymousOn = (host: string): Refused => ({
  what: `--host ${host}`,
  args: () => ["--host", host],
  words: `orch-metrics: refusing to listen on ${host} without authentication: set --token-file, --tls-client-ca or --allow-anonymous\n`,
});

/** The fast tests also run the first of each kind against the program. */
type Table = readonly [Refused, ...Refused[]];

export const ANONYMOUS: Table = [
  anonymousOn("0.0.0.0"),
  anonymousOn("::"),
  anonymousOn("192.0.2.1"),
  anonymousOn("::ffff:192.0.2.1"),
];

const notAccepted = (flag: string, value: string): Refused => ({
  what: `${flag} ${value}`,
  args: () => [flag, value],
  words: `orch-metrics: ${flag}: invalid value ${JSON.stringify(value)}: use `,
});

export const NAMES_AND_ORIGINS: Table = [
  notAccepted("--allowed-hosts", "board.internal:80"),
  notAccepted("--allowed-hosts", "http://board.internal"),
  notAccepted("--cors-origins", "*"),
  notAccepted("--cors-origins", "null"),
  notAccepted("--cors-origins", "https://board.example/"),
  notAccepted("--cors-origins", "board.example"),
];

/** Writes a file with this text into the folder, or none if undefined. */
function secretFile(folder: string, text: string | undefined, name = "secret"): string {
  const path = join(folder, name);
  if (text !== undefined) writeFileSync(path, text, { mode: 0o600 });
  return path;
}

const tokenFile = (what: string, text: string | undefined, words: string): Refused => ({
  what: `a token file that is ${what}`,
  args: (folder) => ["--token-file", secretFile(folder, text)],
  words: `orch-metrics: --token-file: ${words}`,
});

export const TOKEN_FILES: Table = [
  tokenFile("empty", "", "the file has no token"),
  tokenFile("only comments", "# one\n#two\n", "the file has no token"),
  tokenFile(
    "too short for a token",
    "0123456789abcde\n",
    "line 1 is too short: a token needs at least 16 characters",
  ),
  tokenFile("missing", undefined, "no such file"),
  {
    what: "a token file that is a folder",
    args: (folder) => ["--token-file", folder],
    words: "orch-metrics: --token-file: it is a folder\n",
  },
];

const tls = (certificate: string, key: string) => ["--tls-certificate", certificate, "--tls-key", key];
const keyOf = (folder: string) => secretFile(folder, KEY, "key");
const noPem = (folder: string) => secretFile(folder, "no PEM\n");

function anotherKey(folder: string): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return secretFile(folder, privateKey.export({ type: "pkcs8", format: "pem" }).toString());
}

export const TLS_FILES: Table = [
  {
    what: "a certificate without a key",
    args: () => ["--tls-certificate", CERTIFICATE],
    words: "--tls-certificate also needs --tls-key",
  },
  {
    what: "a client CA without a certificate",
    args: () => ["--tls-client-ca", CERTIFICATE],
    words: "--tls-client-ca also needs --tls-certificate",
  },
  {
    what: "a certificate file without a certificate",
    args: (folder) => tls(noPem(folder), keyOf(folder)),
    words: "the file has no PEM certificate",
  },
  {
    what: "a key file without a key",
    args: (folder) => tls(CERTIFICATE, noPem(folder)),
    words: "--tls-key: the file has no PEM private key",
  },
  {
    what: "a key of another certificate",
    args: (folder) => tls(CERTIFICATE, anotherKey(folder)),
    words: "the key does not match",
  },
  {
    what: "a missing key file",
    args: () => tls(CERTIFICATE, "/nowhere"),
    words: "--tls-key: no such file",
  },
  {
    what: "a CA file without a certificate",
    args: (folder) => [...tls(CERTIFICATE, keyOf(folder)), "--tls-client-ca", noPem(folder)],
    words: "--tls-client-ca: the file has no PEM certificate",
  },
];

const free = (folder: string) => join(folder, "free");

export const SOCKETS: Table = [
  {
    what: "another file at the socket's path",
    args: (folder) => ["--socket", secretFile(folder, "kept")],
    words: "the file is not a socket",
  },
  {
    what: "a socket in a missing folder",
    args: (folder) => ["--socket", join(folder, "none", "socket")],
    words: "in an existing folder",
  },
  {
    what: "a socket path that is too long",
    args: (folder) => ["--socket", free(folder).padEnd(108, "x")],
    words: "a path of at most 107 bytes",
  },
  {
    what: "a socket with an unknown group",
    args: (folder) => ["--socket", free(folder), "--socket-group", "nobody-has-it"],
    words: "--socket-group",
  },
  {
    what: "a socket with the number of no group",
    args: (folder) => ["--socket", free(folder), "--socket-group", "4294967295"],
    words: '--socket-group: unknown group "4294967295"',
  },
  {
    what: "a socket with an invalid mode",
    args: (folder) => ["--socket", free(folder), "--socket-mode", "rw"],
    words: "three octal digits",
  },
  {
    what: "a socket's mode without a socket",
    args: () => ["--socket-mode", "660"],
    words: "--socket-mode also needs --socket",
  },
  {
    what: "a socket and a port",
    args: (folder) => ["--socket", free(folder), "--port", "1"],
    words: "--socket and --port cannot be used together",
  },
  {
    what: "a socket with a variable for the host",
    args: (folder) => ["--socket", free(folder)],
    env: { ORCH_METRICS_HOST: "127.0.0.1" },
    words: "--socket and ORCH_METRICS_HOST cannot be used together",
  },
];

/** Checks in the test's own process. */
export async function expectRefused({ args, env, words }: Refused): Promise<void> {
  await inFolder(async (folder) => {
    const flags = args(folder);
    const before = contents(folder);
    const message = await refusal(["--database", "x", ...flags], env);
    expect(contents(folder)).toEqual(before);
    expectOneLine(`orch-metrics: ${message}\n`, words);
  });
}

/** Errors in the command line itself, as opposed to a file or an address. */
const USAGE = /invalid value|at most 107|octal|also needs --|cannot be used together|refusing to listen/;

/** Checks the program, which exits with 2 for errors in the command line, and otherwise with 1. */
export async function expectRefusedByProgram({ args, env, words }: Refused): Promise<void> {
  await inFolder(async (folder) => {
    const flags = args(folder);
    const before = contents(folder);
    const { code, stdout, stderr } = await runProgram(["serve", "--database", "x", ...flags], env);
    expect(contents(folder)).toEqual(before);
    expect([code, stdout]).toEqual([USAGE.test(words) ? 2 : 1, ""]);
    expectOneLine(stderr, words);
  });
}

function expectOneLine(text: string, words: string): void {
  expect(text.trimEnd().split("\n")).toHaveLength(1);
  if (words.endsWith("\n")) expect(text).toBe(words);
  else expect(text).toContain(words);
}

/** Returns the program's message for an error that its user can fix. Throws any other error. */
async function refusal(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  try {
    const config = readConfig(args, env, Object.keys(SETTINGS) as SettingName[]);
    const service = await startService(config, pino({ level: "silent" }));
    await service.close();
  } catch (error) {
    if (error instanceof OperatorError) return error.message;
    throw error;
  }
  throw new Error("it started");
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "orch-metrics-refused-"));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const contents = (folder: string) =>
  readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]);
