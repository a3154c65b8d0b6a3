/**
 * A model API that accepts every request. Its first argument is what follows: `stall` sends no response, `ping` starts a
 * stream of comments, one every 15 s, and `429` refuses. The second argument is its port on loopback. Prints its pid once
 * it listens.
 */
import http from "node:http";

const [mode, port] = process.argv.slice(2);
const PING_MILLISECONDS = 15_000;
const REFUSAL = {
  error: {
    message: "Rate limit reached",
    type: "rate_limit_error",
    code: 429,
    status: "RESOURCE_EXHAUSTED",
  },
};

function answer(request, response) {
  if (request.method === "GET") {
    response.writeHead(200, { "content-type": "application/json" }).end('{"data":[],"models":[]}');
  } else if (mode === "429") {
    const headers = { "content-type": "application/json", "retry-after": "20" };
    response.writeHead(429, headers).end(JSON.stringify(REFUSAL));
  } else if (mode === "ping") {
    response.writeHead(200, { "content-type": "text/event-stream" }).write(": ok\n\n");
    const timer = setInterval(() => response.write(": keep-alive\n\n"), PING_MILLISECONDS);
    response.once("close", () => clearInterval(timer));
  }
}

const server = http.createServer((request, response) => {
  request.resume().on("end", () => answer(request, response));
});
server.requestTimeout = 0;
server.listen(Number(port), "127.0.0.1", () => console.log(process.pid));
