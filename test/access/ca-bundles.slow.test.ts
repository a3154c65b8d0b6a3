/**
 * A CA bundle is checked as a whole, since one unusable certificate in it would lock out clients without an
 * error.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createDatabase } from "../support/database.ts";
import { eventually, runProgram, startProgram } from "../support/service.ts";
import { startFakeTarget } from "../watchdog/support/fake-target.ts";
import { createFolder, startWatchdog } from "../watchdog/support/watchdog.ts";
import { createAuthority } from "./certificates.ts";

describe("--tls-client-ca", () => {
  it("with an invalid second certificate, or one that is not a CA, keeps the last one in force, and stops startup", async () => {
    using authority = createAuthority();
    using database = createDatabase();
    const { certificate, key } = authority.sign("service");
    const bundle = join(authority.folder, "bundle.pem");
    const unusable = {
      "cannot read certificate 2 of the file": `${authority.caText}${authority.caText.replace(/^M.*$/m, "MIIBroken")}`,
      "certificate 1 of the file is not a CA certificate": readFileSync(certificate, "utf8"),
      "certificate 2 of the file is not a CA certificate": `${authority.caText}${readFileSync(certificate, "utf8")}`,
      "the file has no PEM certificate": "not a certificate\n",
    };
    writeFileSync(bundle, `${authority.caText}\n# and once more\n${authority.caText}`);
    const args = ["--tls-certificate", certificate, "--tls-key", key, "--tls-client-ca", bundle];
    await using service = await startProgram(database.path, { args, times: { lookSeconds: 0.05 } });
    for (const [reason, text] of Object.entries(unusable)) {
      writeFileSync(bundle, text);
      await eventually(`the log says: ${reason}`, () => service.log().includes(`--tls-client-ca: ${reason}`));
    }
    expect(service.log()).not.toContain("reloaded");
    const { code, stderr } = await runProgram(["serve", "--database", database.path, "--port", "0", ...args]);
    expect(code).toBe(1);
    expect(stderr).toBe("orch-metrics: --tls-client-ca: the file has no PEM certificate\n");
  });
});

describe("a target's ca_file", () => {
  it("that is invalid is reported in the target's note, without its path", async () => {
    using authority = createAuthority();
    using folder = createFolder();
    await using target = await startFakeTarget();
    writeFileSync(
      folder.file("ca.pem"),
      `${authority.caText}-----BEGIN CERTIFICATE-----\nbroken\n-----END CERTIFICATE-----\n`,
    );
    const url = target.url.replace("http:", "https:");
    const targets = [
      { name: "broken", url, ca_file: folder.file("ca.pem") },
      { name: "missing", url, ca_file: folder.file("nothing.pem") },
    ];
    writeFileSync(folder.file("targets.json"), JSON.stringify({ targets }));
    await using watchdog = await startWatchdog([
      "--targets",
      folder.file("targets.json"),
      "--history",
      "none",
    ]);
    const note = async (name: string) => (await watchdog.summary(name)).note;
    await eventually("both are down", async () =>
      (await watchdog.fleet()).targets.every(({ state }) => state === "down"),
    );
    expect(await note("broken")).toBe(
      "its ca_file cannot be used: cannot read certificate 2 of the file: replace it",
    );
    expect(await note("missing")).toBe("its ca_file cannot be used: no such file");
  });
});
