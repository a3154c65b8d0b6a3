/**
 * The peers of all scenarios in one process: `node servers.mjs PING_SECONDS ANSWER_SECONDS` prints their ports as JSON, and
 * serves forever. `closed` is a port on which nothing listens.
 */
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";

const [pingSeconds, answerSeconds] = process.argv.slice(2).map(Number);
const PING = 'event: ping\ndata: {"type": "ping"}\n\n';
const DELTA = "event: content_block_delta\ndata: {}\n\n";
const ANSWER = "x".repeat(5_000);

async function listen(server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server.address().port;
}

/** Sends it now, and repeatedly until the client disconnects. */
function repeat(response, text, seconds) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(text);
  const timer = setInterval(() => response.write(text), seconds * 1000);
  response.once("close", () => clearInterval(timer));
}

const PATHS = {
  "/trickle": (response) => {
    repeat(response, "x".repeat(100), 0.05);
    setTimeout(() => response.end(), answerSeconds * 1000);
  },
  "/sse-ping": (response) => repeat(response, PING, pingSeconds),
  "/stall": (response) =>
    response.writeHead(200, { "content-type": "text/event-stream" }).write(DELTA.repeat(20)),
  "/later": (response) => setTimeout(() => response.end(ANSWER), answerSeconds * 1000),
  "/git": (response) => response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end(),
};

const web = http.createServer(({ url }, response) => {
  const answer = PATHS[url.startsWith("/git") ? "/git" : url];
  if (answer) answer(response);
  else response.writeHead(503).end();
});
web.requestTimeout = 0;
web.timeout = 0;

const withPings = http2.createServer();
withPings.on("session", (session) => {
  const timer = setInterval(() => session.ping(() => {}), pingSeconds * 1000);
  session.once("close", () => clearInterval(timer));
});
withPings.on("stream", (stream, { ":path": path }) => {
  if (path !== "/slow") return;
  stream.respond({ ":status": 200 });
  setTimeout(() => stream.end(ANSWER), answerSeconds * 1000);
});

const echo = net.createServer((socket) => socket.on("error", () => {}).pipe(socket));

/** A port that the kernel never assigns as a free one, and that fetch does not reject. */
const closed = 2;

const ports = { web: await listen(web), http2: await listen(withPings), echo: await listen(echo), closed };
console.log(JSON.stringify(ports));
