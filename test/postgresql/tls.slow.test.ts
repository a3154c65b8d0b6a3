/** `sslmode` as in libpq's documentation, against a server with TLS and then without. */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPostgresqlRepository } from "../../src/repositories/postgresql/open.ts";
import { type PostgresqlServer, REFERENCE_SCHEMA, startPostgresql } from "../support/postgresql.ts";

let server: PostgresqlServer;
let directory: string;
let certificate: string;
beforeAll(async () => {
  server = await startPostgresql({ tls: true });
  await server.exec(REFERENCE_SCHEMA);
  directory = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
  certificate = join(directory, "root.pem");
  copyFileSync(new URL("../support/tls/certificate.pem", import.meta.url), certificate);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

/** Returns whether the connection is encrypted, or why it failed. */
async function connect(query: string, host = "127.0.0.1"): Promise<string> {
  const url = `${server.url().replace("127.0.0.1", host)}${query}`;
  const repository = openPostgresqlRepository({ url });
  try {
    const { stages } = (await repository.read(["stages"])).parts;
    if (stages?.ok === false) return stages.failure.message;
    const { rows } = await server.exec(
      "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'orch-metrics'",
    );
    return rows.every(({ ssl }) => ssl) ? "encrypted" : "plain";
  } finally {
    await repository.close();
  }
}

const modes = (certificateAt: string) => ({
  none: "",
  disable: "?sslmode=disable",
  allow: "?sslmode=allow",
  prefer: "?sslmode=prefer",
  require: "?sslmode=require",
  verifyCa: `?sslmode=verify-ca&sslrootcert=${certificateAt}`,
  verifyFull: `?sslrootcert=${certificateAt}&sslmode=verify-full`,
  verifyUntrusted: "?sslmode=verify-full",
});

describe("sslmode", () => {
  it("determines whether and how the connection is encrypted", { timeout: 120_000 }, async () => {
    const answers: Record<string, string> = {};
    for (const [mode, query] of Object.entries(modes(certificate))) answers[mode] = await connect(query);
    expect(answers).toEqual({
      none: "encrypted",
      disable: "plain",
      allow: "encrypted",
      prefer: "encrypted",
      require: "encrypted",
      verifyCa: "encrypted",
      verifyFull: "encrypted",
      verifyUntrusted: expect.stringContaining("the server's certificate is not trusted"),
    });
    expect(await connect("?sslrootcert=system")).toContain("the server's certificate is not trusted");
    // This form of the address is not in the certificate.
    const { verifyCa, verifyFull } = modes(certificate);
    expect(await connect(verifyCa, "127.1")).toBe("encrypted");
    expect(await connect(verifyFull, "127.1")).toContain("the server's certificate is not trusted");
  });

  it("allows an unencrypted connection if the mode permits it", { timeout: 120_000 }, async () => {
    await server.exec("ALTER SYSTEM SET ssl = off");
    await server.exec("SELECT pg_reload_conf()");
    const answers: Record<string, string> = {};
    for (const [mode, query] of Object.entries(modes(certificate))) answers[mode] = await connect(query);
    const refused = "the server does not support TLS, which the URL's sslmode requires";
    expect(answers).toEqual({
      none: "plain",
      disable: "plain",
      allow: "plain",
      prefer: "plain",
      require: refused,
      verifyCa: refused,
      verifyFull: refused,
      verifyUntrusted: refused,
    });
  });

  it("reports the valid values if it is invalid", async () => {
    expect(await connect("?sslmode=requre")).toBe(
      "invalid sslmode in the URL: use disable, allow, prefer, require, verify-ca, verify-full",
    );
    expect(await connect("?sslmode=verify-ca")).toContain("needs sslrootcert=FILE");
    expect(await connect("?sslmode=verify-full&sslrootcert=/")).toContain(
      "cannot read a file named in the URL (sslrootcert, sslcert, sslkey) (EISDIR)",
    );
    expect(await connect("?sslmode=verify-full&sslrootcert=/nowhere/root.pem")).toBe(
      "cannot read a file named in the URL (sslrootcert, sslcert, sslkey) (ENOENT)",
    );
  });
});
