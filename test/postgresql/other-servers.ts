/** What else may be at a URL's address: nothing, another protocol, or a pool that rejects clients. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** The length of an SSLRequest, which no startup message has. */
const SSL_REQUEST_BYTES = 8;

/** Returns an ErrorResponse of PostgreSQL's protocol. */
export function refusal(code: string, message: string): string {
  const fields = `SFATAL\0C${code}\0M${message}\0\0`;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(fields.length + 4);
  return `E${length.toString("latin1")}${fields}`;
}

/** Starts a server without TLS that responds to everything else with the same text. Returns its port. */
export async function startAnswering(answer: string, toSslRequest = "N") {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", ({ length }) => {
      if (length === SSL_REQUEST_BYTES && toSslRequest === "N") socket.write("N");
      else socket.end(length === SSL_REQUEST_BYTES ? toSslRequest : answer, "latin1");
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

/** Returns a port on which nothing listens. */
export async function closedPort(): Promise<number> {
  await using server = await startAnswering("");
  return server.port;
}
