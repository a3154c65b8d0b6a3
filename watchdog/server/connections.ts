/** Connections to the page: so many at once, and each only for as long as it is used. */
import type { Server } from "node:http";
import type { Socket } from "node:net";

/** Far fewer than descriptors: the watchdog's own polls must find one. */
const MOST_CONNECTIONS = 256;

/** Above the limit the connection that has been without a request for longest is closed, not the newest refused. */
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
