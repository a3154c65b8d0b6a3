/**
 * A service that requires a token and a certificate, and how the watchdog reports targets that lack one of
 * them.
 */
import { writeFileSync } from "node:fs";
import { expect } from "vitest";
import { eventually } from "../support/service.ts";
import type { WatchdogInProcess } from "../watchdog/support/watchdog.ts";
import type { Authority, Pair } from "./certificates.ts";
import { tlsFlags } from "./renewal.ts";

export const TOKEN = "the-token-of-the-watchdog-000001";

const tokenFileOf = ({ folder }: Authority) => `${folder}/token`;

export function tokenFlags(authority: Authority): string[] {
  writeFileSync(tokenFileOf(authority), TOKEN, { mode: 0o600 });
  return ["--token-file", tokenFileOf(authority)];
}

/** Returns the flags of a service that requires both. */
export function flagsForBoth(authority: Authority): string[] {
  const tls = [...tlsFlags(authority.sign("server")), "--tls-client-ca", authority.ca];
  return [...tls, ...tokenFlags(authority)];
}

/** Writes the file for --targets, and returns its path. */
export function targetsFile({ folder }: Authority, ...targets: object[]): string {
  const path = `${folder}/targets.json`;
  writeFileSync(path, JSON.stringify({ targets }));
  return path;
}

/** Returns a targets file with the service that requires both, as five targets. */
export function fiveTargets(url: string, authority: Authority, own: Pair): string {
  const token_file = tokenFileOf(authority);
  const ca_file = authority.ca;
  const both = { certificate_file: own.certificate, key_file: own.key };
  return targetsFile(
    authority,
    { name: "all", url, token_file, ca_file, ...both },
    { name: "no-token", url, ca_file, ...both },
    { name: "no-certificate", url, token_file, ca_file },
    { name: "no-ca", url, token_file, ...both },
    { name: "no-file", url, token_file, ca_file: "/nowhere", ...both },
  );
}

/** Checks a watchdog with these five targets. */
export async function expectSaysWhatIsLacking(watchdog: WatchdogInProcess): Promise<void> {
  const expected = {
    // Its database does not exist.
    all: "no_data",
    "no-token": "unauthenticated",
    "no-certificate": "down",
    "no-ca": "down",
    "no-file": "down",
  };
  const states = async () =>
    Object.fromEntries((await watchdog.fleet()).targets.map(({ name, state }) => [name, state]));
  await eventually("all are read", async () => JSON.stringify(await states()) === JSON.stringify(expected));
  expect((await watchdog.summary("no-ca")).note).toMatch(/^it cannot be reached: (UNABLE|SELF_SIGNED)/);
  expect((await watchdog.summary("no-file")).note).toBe("its ca_file cannot be used: no such file");
}
