/** The agent waits for a peer, above all its model. */
import type { Scenario } from "../scenario.ts";

/** The longest wait of the usual clients between two calls. */
const BETWEEN_CALLS_SECONDS = 600;

export const PEERS: readonly Scenario[] = [
  {
    name: "h2-slow-model",
    truth: "healthy",
    why: "a request over HTTP/2, PING frames each 15 s, and an answer after 15 minutes",
    start: (stage) => ({ pid: stage.agent("http2-request", stage.peers.http2, "slow") }),
  },
  {
    name: "h2-dead-upstream",
    truth: "stuck",
    causes: ["peer"],
    right: ["hung"],
    why: "the same, and the answer never comes",
    start: (stage) => ({ pid: stage.agent("http2-request", stage.peers.http2, "never") }),
  },
  {
    name: "sse-ping",
    truth: "stuck",
    causes: ["peer"],
    right: ["hung"],
    why: "a stream that sends ping events each 15 s and no content any more",
    start: (stage) => ({ pid: stage.agent("request", stage.peers.web, "sse-ping") }),
  },
  {
    name: "sse-stall",
    truth: "stuck",
    causes: ["peer"],
    right: ["hung"],
    why: "a stream that dies silently: some bytes, then nothing (anthropics/claude-code #25979)",
    start: (stage) => ({ pid: stage.agent("request", stage.peers.web, "stall") }),
  },
  {
    name: "retry-logged",
    truth: "stuck",
    causes: ["repeating"],
    right: ["hung"],
    why: "a dead API, tried again each 5 s for ever, with the same line in the log (openai/codex #23722)",
    start: (stage) => ({ pid: stage.agent("retry", stage.peers.closed, stage.paced(5)) }),
  },
  {
    name: "nonstream-15min",
    truth: "healthy",
    needs: ["python3"],
    why: "a request without a stream, whose answer comes at once after 15 minutes",
    start: (stage) => ({ pid: stage.python("answer-at-once", stage.peers.web) }),
  },
  {
    name: "stream-node",
    truth: "healthy",
    why: "Node reads an answer that comes a little at a time for 15 minutes, and logs nothing",
    start: (stage) => ({ pid: stage.agent("request", stage.peers.web, "trickle") }),
  },
  {
    name: "stream-python",
    truth: "healthy",
    needs: ["python3"],
    why: "the same of Python, whose recv(2) shows no characters",
    start: (stage) => ({ pid: stage.python("stream", stage.peers.web) }),
  },
  {
    name: "idle-between-calls",
    truth: "healthy",
    why: "ten minutes between two calls of the model",
    start: (stage) => ({ pid: stage.agent("idle", stage.paced(BETWEEN_CALLS_SECONDS)) }),
  },
  {
    name: "usage-limit-sleep",
    truth: "healthy",
    right: ["sleeping"],
    why: "the usage limit is reached, and the agent sleeps until it resets in five hours",
    start: (stage) => ({ pid: stage.agent("limit-sleep", stage.paced(5 * 3_600)) }),
  },
];
