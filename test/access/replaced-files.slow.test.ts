/** Files that are replaced while the program runs, which looks at them each second. */
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
  it("reads its token file again, and keeps the last tokens and logs why where it is empty, broken or gone", async () => {
    using file = tokenFile(`${TOKEN}\n`);
    await using service = await startProgram(MISSING, { args: ["--token-file", file.path] });
    await expectTokensAreReadAgain(service, file);
  });

  it("shows a renewed certificate to the next connections; those that are open, and their streams, go on", async () => {
    const pair = authority.sign("before");
    await using service = await startProgram(MISSING, { args: tlsFlags(pair) });
    await expectRenewalIsShown(service, authority, pair);
  });

  it("keeps the last certificate where the next does not fit its key, or is none", async () => {
    const pair = authority.sign("sound");
    await using service = await startProgram(MISSING, { args: tlsFlags(pair) });
    await expectUnusableLeavesTheLast(service, authority, pair);
  });

  it("decides by a CA that is replaced over the next connections, resumed ones too", async () => {
    const ca = `${authority.folder}/clients.pem`;
    writeFileSync(ca, authority.caText);
    const args = [...tlsFlags(authority.sign("server")), "--tls-client-ca", ca];
    await using service = await startProgram(MISSING, { args });
    await expectCaIsReplaced(service, [authority, stranger], ca);
  });
});
