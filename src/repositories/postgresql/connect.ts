/** Connects to the first server of a URL that is reachable and meets the URL's conditions. */
import { readFileSync } from "node:fs";
import type { Duplex } from "node:stream";
import { getCACertificates } from "node:tls";
import pg from "pg";
import { SourceError } from "../source-failure.ts";
import { isLost } from "./failures.ts";
import { parsePostgresqlUrl } from "./url.ts";

/** Errors of a server without TLS, or without a common version of it. */
const NO_TLS = /^(EPROTO|ERR_SSL)|The server does not support SSL/;

/** libpq's `target_session_attrs`. */
const IS_WANTED: Readonly<Record<string, string>> = {
  "read-write": "current_setting('transaction_read_only') = 'off'",
  "read-only": "current_setting('transaction_read_only') = 'on'",
  primary: "NOT pg_catalog.pg_is_in_recovery()",
  standby: "pg_catalog.pg_is_in_recovery()",
};

/** Rejects with PostgreSQL's or the network's error, of the last server if there are several, or OperatorError for the URL. */
export async function connect(url: string, common: pg.ClientConfig): Promise<pg.Client> {
  const { servers, client, given, sslmode } = parsePostgresqlUrl(url);
  const [ssl, withoutTls] = tlsOf(sslmode, given);
  const attribute = given.get("target_session_attrs") ?? "any";
  let lastError: unknown;
  for (const wanted of attribute === "prefer-standby" ? ["standby", "any"] : [attribute]) {
    for (const server of servers) {
      const config = { ...common, ...client, ...server };
      try {
        return await connectTo({ ...config, ssl }, wanted).catch((error: unknown) => {
          const { code, message } = error as { code?: unknown; message?: unknown };
          if (withoutTls === undefined || !NO_TLS.test(`${code} ${message}`)) throw error;
          return connectTo({ ...config, ssl: withoutTls }, wanted);
        });
      } catch (error) {
        // As in libpq, no further server is tried after one that refuses.
        if (!isLost(error)) throw error;
        lastError = error;
      }
    }
  }
  throw lastError;
}

/**
 * Returns the options of node-postgres for libpq's `sslmode`. The second is for a server without TLS, if the mode allows that.
 */
function tlsOf(mode: string, given: ReadonlyMap<string, string>): readonly pg.ClientConfig["ssl"][] {
  if (mode === "disable") return [false];
  const read = (name: string) => given.has(name) && readFileSync(given.get(name) ?? "", "utf8");
  const [cert, key] = [read("sslcert"), read("sslkey")];
  const ca = given.get("sslrootcert") === "system" ? getCACertificates("system") : read("sslrootcert");
  const files = { ...(cert && { cert }), ...(key && { key }), ...(ca && { ca }) };
  if (mode === "verify-full") return [files];
  // Checks the authority, but not the name.
  if (mode === "verify-ca" || (mode === "require" && ca))
    return [{ ...files, checkServerIdentity: () => undefined }];
  const encrypted = { ...files, rejectUnauthorized: false };
  return mode === "require" ? [encrypted] : [encrypted, false];
}

async function connectTo(config: pg.ClientConfig, wanted: string): Promise<pg.Client> {
  const client = new pg.Client(config);
  // Without a listener, an error event would end the program.
  client.on("error", () => {});
  const { connection } = client as unknown as Internals;
  let refused: SourceError | undefined;
  // The protocol begins with an error, a request for authentication, a notice or the response to SSLRequest.
  connection.stream.once("data", (chunk: Buffer) => {
    if (!/^(?!SSH)[ERNSv]/.test(chunk.toString("latin1", 0, 3)))
      refused = failure("not a PostgreSQL server: fix the URL's host or port");
  });
  // node-postgres only prefers channel binding. No server without it may receive the password.
  let isBound = config.enableChannelBinding !== true;
  for (const kind of ["SASL", "CleartextPassword", "MD5Password", "Ok"]) {
    connection.on(`authentication${kind}`, ({ mechanisms }) => {
      isBound ||= mechanisms?.includes("SCRAM-SHA-256-PLUS") === true;
      if (isBound) return;
      refused = failure("the server does not support channel_binding, which the URL requires");
      connection.stream.destroy();
    });
  }
  try {
    await client.connect();
    const isWanted = IS_WANTED[wanted];
    if (!refused && isWanted && !(await client.query(`SELECT ${isWanted} AS wanted`)).rows[0].wanted)
      refused = failure(`no server of the URL is ${wanted}, which its target_session_attrs requires`);
    if (refused) throw refused;
    return client;
  } catch (error) {
    client.end().catch(() => {});
    throw refused ?? error;
  }
}

function failure(message: string): SourceError {
  return new SourceError({ code: "failed_precondition", message });
}

interface Internals {
  readonly connection: {
    readonly stream: Duplex;
    on(event: string, listener: (message: { readonly mechanisms?: readonly string[] }) => void): void;
  };
}

/** Returns the socket, or the TLS socket over it. */
export function streamOf(client: pg.Client): Duplex {
  return (client as unknown as Internals).connection.stream;
}
