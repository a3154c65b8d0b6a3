/** Scenarios in which the agent waits for a peer, usually its model. */
import type { Scenario } from "../scenario.ts";

/** The longest wait of common clients between two calls. */
const BETWEEN_CALLS_SECONDS = 600;

export const PEERS: readonly Scenario[] = [
  {
    name: "h2-slow-model",
    truth: "healthy",
    why: "a request over HTTP/2, PING frames every 15 s, and a response after 15 minutes",
    start: (stage) => ({ pid: stage.agent("http2-request", stage.peers.http2, "slow") }),
  },
  {
    name: "h2-dead-upstream",
    truth: "stuck",
    causes: ["peer"],
    right: ["hung"],
    why: "the same, but the response never comes",
    start: (stage) => ({ pid: stage.agent("http2-request", stage.peers.http2, "never") }),
  },
  {
    name: "sse-ping",
    truth: "stuck",
    causes: ["peer"],
    right: ["hung"],
    why: "a stream that sends ping events every 15 s, but no more content",
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
    why: "a dead API, retried every 5 s forever, with the same log line (openai/codex #23722)",
    start: (stage) => ({ pid: stage.agent("retry", stage.peers.closed, stage.paced(5)) }),
  },
  {
    name: "nonstream-15min",
    truth: "healthy",
    needs: ["python3"],
    why: "a request without a stream, whose response arrives all at once after 15 minutes",
    start: (stage) => ({ pid: stage.python("answer-at-once", stage.peers.web) }),
  },
  {
    name: "stream-node",
    truth: "healthy",
    why: "Node reads a response that arrives slowly over 15 minutes, and logs nothing",
    start: (stage) => ({ pid: stage.agent("request", stage.peers.web, "trickle") }),
  },
  {
    name: "stream-python",
    truth: "healthy",
    needs: ["python3"],
    why: "the same in Python, whose recv(2) shows no characters",
    start: (stage) => ({ pid: stage.python("stream", stage.peers.web) }),
  },
  {
    name: "idle-between-calls",
    truth: "healthy",
    why: "ten minutes between two model calls",
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
