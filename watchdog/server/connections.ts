/** Limits the number of connections to the page, and closes idle ones. */
import type { Server } from "node:http";
import type { Socket } from "node:net";

/** Far below the limit of file descriptors, since the polls need some too. */
const MOST_CONNECTIONS = 256;

/** Above the limit, the connection with the longest time without a request is closed, instead of refusing the new one. */
export function limitConnections(server: Server): void {
  const idle = new Set<Socket>();
  const busy = new Set<Socket>();
  server.on("connection", (socket) => {
    idle.add(socket);
    socket.once("close", () => {
      idle.delete(socket);
      busy.delete(socket);
    });
    if (idle.size + busy.size <= MOST_CONNECTIONS) return;
    const [oldest = socket] = idle;
    oldest.destroy();
  });
  server.on("request", ({ socket }, response) => {
    idle.delete(socket);
    busy.add(socket);
    response.once("close", () => {
      busy.delete(socket);
      if (!socket.destroyed) idle.add(socket);
    });
  });
}
