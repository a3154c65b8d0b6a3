/** Tools, MCP servers and workers that agents start. The first argument selects the behaviour. Needs only Node. */
import { spawn } from "node:child_process";
import http from "node:http";
import { connect } from "node:net";

const [behaviour = "", ...args] = process.argv.slice(2);
const FAR_AWAY = 2 ** 31 - 1;
const FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";

const log = (line) => process.stdout.write(`${line}\n`);
const stay = () => setTimeout(() => {}, FAR_AWAY);
const helper = (stdio, detached, ...rest) =>
  spawn(process.execPath, [import.meta.filename, ...rest], { stdio: ["ignore", stdio, "ignore"], detached });

function compute(milliseconds) {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

const BEHAVIOURS = {
  computing(seconds) {
    setInterval(compute, 100, 10);
    setTimeout(() => process.exit(), seconds * 1000);
  },
  worker() {
    let step = 0;
    setInterval(() => log(`step ${step++} edited a file`), 500);
  },
  "mute-worker": () => setInterval(compute, 200, 20),

  "dev-server"() {
    http.createServer((_, response) => response.end("ok")).listen(0, "127.0.0.1");
    log("ready - started server");
  },
  /** npm waits for a dead registry, and its spinner continues. */
  spinner() {
    let frame = 0;
    setInterval(
      () => process.stdout.write(`\r${FRAMES[frame++ % 10]} reify: timing waiting for registry`),
      100,
    );
  },

  /** An MCP server that pings its backend. */
  "mcp-ping": (port, seconds) => {
    const socket = connect(Number(port), "127.0.0.1").resume();
    const ping = () => ({ jsonrpc: "2.0", id: 1, method: "ping", params: { at: new Date().toISOString() } });
    setInterval(() => socket.write(`${JSON.stringify(ping())}\n`), seconds * 1000);
  },
  "mcp-log": (seconds) => setInterval(() => process.stderr.write("[mcp] heartbeat ok\n"), seconds * 1000),
  "mcp-quiet": () => {
    process.stdin.resume();
    stay();
  },

  "daemon-child": (seconds) => {
    helper("inherit", true, "daemon", seconds).unref();
    process.exit();
  },
  daemon(seconds) {
    setInterval(compute, 100, 10);
    setInterval(() => log("still at it"), seconds * 1000);
  },
  "pipe-child": () => {
    helper("inherit", false, "pipe-holder");
    stay();
  },
  "pipe-holder": () => {
    log("it holds the pipe");
    stay();
  },
};

const behave = BEHAVIOURS[behaviour];
if (!behave) throw new Error(`unknown behaviour "${behaviour}"`);
behave(...args);
