/** A server of answers that never end and come a little at a time, as a model's stream does. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const BYTES = "x".repeat(99);
const EVERY_MILLISECONDS = 50;

export interface Trickle extends AsyncDisposable {
  readonly url: string;
}

export async function startTrickle(): Promise<Trickle> {
  const server = createServer((_, response) => {
    const timer = setInterval(() => response.write(`${BYTES}\n`), EVERY_MILLISECONDS);
    response.once("close", () => clearInterval(timer));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
