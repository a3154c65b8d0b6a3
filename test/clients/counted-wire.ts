/**
 * A TCP relay that counts the bytes the service sends, since a client library does not report whether a
 * response was compressed.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export async function countedWire({ hostname, port }: URL) {
  let received = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const service = connect(Number(port), hostname);
    for (const socket of [client, service]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
    }
    service.on("data", (chunk) => {
      received += chunk.length;
    });
    client.pipe(service).pipe(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as { port: number }).port}`,
    received: () => received,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
