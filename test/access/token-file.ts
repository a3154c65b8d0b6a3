/** A file with bearer tokens, and how a service reacts to changes of it. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { InProcess } from "../service/in-process.ts";
import { eventually } from "../support/service.ts";
import { bearer, byHttp1 } from "./http-request.ts";

export const TOKEN = "the-first-token-of-the-test-0001";
export const NEXT = "the-token-that-comes-after-it-02";

interface TokenFile extends Disposable {
  readonly path: string;
}

export function tokenFile(text: string): TokenFile {
  const folder = mkdtempSync(join(tmpdir(), "orch-metrics-tokens-"));
  const path = join(folder, "tokens");
  writeFileSync(path, text, { mode: 0o600 });
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Checks a service that was started with this file, while it contained only TOKEN. */
export async function expectTokensAreReadAgain(service: InProcess, file: TokenFile): Promise<void> {
  const status = async (token: string) =>
    (await byHttp1(`${service.url}/openapi.json`, { headers: bearer(token) })).status;
  expect([await status(TOKEN), await status(NEXT)]).toEqual([200, 401]);

  writeFileSync(file.path, `${TOKEN}\n${NEXT}\n`);
  await eventually("the next token is accepted too", async () => (await status(NEXT)) === 200);
  expect(await status(TOKEN)).toBe(200);

  writeFileSync(`${file.path}.new`, `${NEXT}\n`);
  renameSync(`${file.path}.new`, file.path);
  await eventually("the first token is refused", async () => (await status(TOKEN)) === 401);

  const faults: [string, () => void][] = [
    ["the file has no token", () => writeFileSync(file.path, "# none\n")],
    ["line 2 is not a token", () => writeFileSync(file.path, `${TOKEN}\nwith a space in it\n`)],
    ["line 1 is too short", () => writeFileSync(file.path, "short\n")],
    ["no such file", () => rmSync(file.path)],
  ];
  for (const [words, spoil] of faults) {
    spoil();
    await eventually(words, () => service.log().includes(words));
    expect([await status(TOKEN), await status(NEXT)]).toEqual([401, 200]);
  }
  expect(service.log()).toContain("the previous version stays in force");
  expect(service.log()).not.toContain("with a space");
}
