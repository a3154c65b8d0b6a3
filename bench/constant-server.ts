/** The floor: a node:http server that answers every request with the same bytes, as long as its argument says. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const body = JSON.stringify("x".repeat(Number(process.argv[2])));
const server = createServer((_, response) => {
  response.setHeader("content-type", "application/json");
  response.setHeader("content-length", body.length);
  response.end(body);
}).listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit(0));
