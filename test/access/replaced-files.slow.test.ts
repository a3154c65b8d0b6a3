/** Files that are replaced while the program runs. The program checks them each second. */
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, it } from "vitest";
import { startProgram } from "../support/service.ts";
import { type Authority, createAuthority } from "./certificates.ts";
import {
  expectCaIsReplaced,
  expectRenewalIsShown,
  expectUnusableLeavesTheLast,
  tlsFlags,
} from "./renewal.ts";
import { expectTokensAreReadAgain, TOKEN, tokenFile } from "./token-file.ts";

const MISSING = "/nowhere.db";

let authority: Authority;
let stranger: Authority;
beforeAll(() => {
  authority = createAuthority();
  stranger = createAuthority();
});
afterAll(() => {
  authority[Symbol.dispose]();
  stranger[Symbol.dispose]();
});

describe("the program", () => {
  it("reloads its token file, and if that is empty, invalid or missing, keeps the last tokens and logs the reason", async () => {
    using file = tokenFile(`${TOKEN}\n`);
    await using service = await startProgram(MISSING, { args: ["--token-file", file.path] });
    await expectTokensAreReadAgain(service, file);
  });

  it("uses a renewed certificate for new connections, while open ones and their streams continue", async () => {
    const pair = authority.sign("before");
    await using service = await startProgram(MISSING, { args: tlsFlags(pair) });
    await expectRenewalIsShown(service, authority, pair);
  });

  it("keeps the last certificate if the next one is invalid or does not match its key", async () => {
    const pair = authority.sign("sound");
    await using service = await startProgram(MISSING, { args: tlsFlags(pair) });
    await expectUnusableLeavesTheLast(service, authority, pair);
  });

  it("applies a replaced CA to new connections, including resumed ones", async () => {
    const ca = `${authority.folder}/clients.pem`;
    writeFileSync(ca, authority.caText);
    const args = [...tlsFlags(authority.sign("server")), "--tls-client-ca", ca];
    await using service = await startProgram(MISSING, { args });
    await expectCaIsReplaced(service, [authority, stranger], ca);
  });
});
