/**
 * An agent whose first argument selects a behaviour, which it keeps forever. Needs only Node. Each behaviour is one of real
 * agent CLIs. helper.mjs has what agents start: tools and MCP servers. Standard output is the agent's log.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";

const [behaviour = "", ...args] = process.argv.slice(2);
const FAR_AWAY = 2 ** 31 - 1;
const FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
const HELPER = new URL("./helper.mjs", import.meta.url).pathname;

const log = (line) => process.stdout.write(`${line}\n`);
const stay = () => setTimeout(() => {}, FAR_AWAY);
const model = (port, path) => `http://127.0.0.1:${port}/${path}`;

function compute(milliseconds) {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** Waits for a lock that is never released. */
const deadlock = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);

/** Computes a little continuously, and logs what it did. */
function work() {
  let step = 0;
  setInterval(() => {
    compute(10);
    log(`step ${step++} edited a file`);
  }, 250);
}

/** Reads a response, logs only its end, and continues. */
function request(port, path) {
  log("POST /v1/messages stream=true");
  http.get(model(port, path), (answer) => answer.resume().on("end", work));
  stay();
}

/** Runs a command as a tool call and waits for its end. */
function tool(stdio, [command, ...rest]) {
  log(`● Bash(${[command, ...rest].join(" ")})`);
  const child = spawn(command, rest, { stdio });
  for (const output of [child.stdout, child.stderr]) output?.resume();
  child.on("close", (code) => {
    log(`exit ${code}`);
    stay();
  });
}

const BEHAVIOURS = {
  // Healthy.
  busy: work,
  easy: () => setInterval(compute, 100, 10),
  asleep: stay,
  /** A tool computes for that many seconds, then the agent continues. */
  parent: (seconds) =>
    spawn(process.execPath, [HELPER, "computing", seconds], { stdio: "ignore" }).on("close", work),
  /** Alternates between a model call and that many seconds without activity. */
  async idle(seconds) {
    for (;;) {
      compute(200);
      log(`a model call at ${new Date().toISOString()}`);
      await sleep(seconds * 1000);
    }
  },
  "slow-line": (seconds) => {
    let epoch = 0;
    setInterval(() => log(`epoch ${epoch++} done`), seconds * 1000);
  },
  async "limit-sleep"(seconds) {
    log("5-hour limit reached ∙ resets 11pm; sleeping");
    await sleep(seconds * 1000);
    log("resumed");
  },
  /** Waits for the end of a pipe that a grandchild outside its tree holds and occasionally writes to. */
  "daemon-parent": (seconds) => {
    const stdio = ["ignore", "pipe", "ignore"];
    spawn(process.execPath, [HELPER, "daemon-child", seconds], { stdio }).stdout.resume();
  },
  /** The launcher ends, and a detached child does the work. */
  launcher(seconds) {
    const child = spawn(process.execPath, [HELPER, "worker"], {
      detached: true,
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.unref();
    log(`daemon started, pid ${child.pid}`);
    setTimeout(() => process.exit(), seconds * 1000);
  },

  // Stuck in its own runtime.
  deadlocked: deadlock,
  promise() {
    log("step 1 done");
    stay();
  },
  loop() {
    log("parsing");
    for (;;);
  },
  /** Redraws 12 times a second, as Ink does, while a promise never resolves. */
  spinner() {
    let frame = 0;
    log("Thinking...");
    setInterval(() => {
      const seconds = Math.floor(frame / 12);
      process.stdout.write(`\r${FRAMES[frame++ % 10]} Thinking… (${seconds}s · esc to interrupt)`);
    }, 80);
  },
  /** Computes each frame without writing it. */
  "mute-spinner"() {
    let frame = 0;
    log("Thinking...");
    setInterval(() => {
      globalThis.frame = FRAMES[frame++ % 10];
    }, 80);
  },
  /** Waits for the end of a pipe whose other end a killed child's child holds. */
  async pipe() {
    const middle = spawn(process.execPath, [HELPER, "pipe-child"], { stdio: ["ignore", "pipe", "ignore"] });
    await once(middle.stdout, "data");
    middle.kill("SIGKILL");
    await once(middle, "close");
  },
  /** Starts a helper, then waits for a lock that is never released. */
  "deadlock-with": (...helper) => {
    log("connecting to MCP server");
    spawn(process.execPath, [HELPER, ...helper], { stdio: ["pipe", "pipe", "inherit"] });
    setTimeout(deadlock, 1_500);
  },

  // Waits for a peer.
  request,
  /** Uses HTTP/2 with a server that sends PING frames. */
  "http2-request": (port, path) => {
    log("POST /v1/messages");
    const answer = http2.connect(`http://127.0.0.1:${port}`).request({ ":path": `/${path}` });
    answer.on("end", work).resume();
    answer.end();
    stay();
  },
  /** Retries a dead API forever. */
  async retry(port, seconds) {
    for (;;) {
      await fetch(model(port, "v1/messages")).catch(() =>
        log("API Error (Connection error.) · Retrying in 5 seconds… (attempt 1/10)"),
      );
      await sleep(seconds * 1000);
    }
  },

  // Runs a tool whose output is read, or that has the agent's terminal, or an input that never ends.
  tool: (...command) => tool(["ignore", "pipe", "pipe"], command),
  "tool-on-terminal": (...command) => tool("inherit", command),
  "tool-with-input": (...command) => tool(["pipe", "pipe", "pipe"], command),

  // Waits for a person.
  prompt() {
    log("Do you want to proceed? 1. Yes 2. No");
    process.stdin.setRawMode?.(true);
    process.stdin.once("data", () => log("allowed"));
  },
  /** The cursor blinks. */
  "blinking-prompt"() {
    BEHAVIOURS.prompt();
    let isOn = false;
    setInterval(() => {
      isOn = !isOn;
      process.stdout.write(isOn ? "\x1b[7m \x1b[0m\b" : " \b");
    }, 500);
  },
  /** A kept-alive connection pings during the prompt. */
  "connected-prompt": (port) => {
    http.get(model(port, "sse-ping"), (answer) => answer.resume());
    BEHAVIOURS.prompt();
  },
  /** The turn is over, and the interface waits for the next prompt. */
  "at-rest": () => {
    process.stdout.write("> ");
    process.stdin.setRawMode?.(true);
    process.stdin.resume();
  },
  "connected-at-rest": (port) => {
    http.get(model(port, "sse-ping"), (answer) => answer.resume());
    BEHAVIOURS["at-rest"]();
  },
  "at-rest-with-clock": () => {
    BEHAVIOURS["at-rest"]();
    setInterval(() => process.stdout.write(`\r${new Date().toISOString()} > `), 1_000);
  },
};

const behave = BEHAVIOURS[behaviour];
if (!behave) throw new Error(`unknown behaviour "${behaviour}"`);
await behave(...args);
