/**
 * A service under attack. Meanwhile a well-behaved client polls it, and each of its responses must be right.
 */
import { readdirSync, readlinkSync } from "node:fs";
import { get } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import type { GetMetricsResponseJson } from "../../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { createDatabase, type TestDatabase, task } from "../../support/database.ts";
import { eventually, type RunningProgram, type StartOptions, startProgram } from "../../support/service.ts";

export interface Attack {
  readonly service: RunningProgram;
  readonly port: number;
  /** Returns the number of the service's open sockets. */
  sockets(): number;
}

/** The pause of the well-behaved client between two requests. */
const REST_MILLISECONDS = 20;

/** A service starts slowly on a busy machine. */
const HOOK_MILLISECONDS = 60_000;

export interface AttackOptions extends StartOptions {
  /** Adds to the database, which has two tasks. */
  readonly fill?: (database: TestDatabase) => void;
}

/**
 * Runs one service for all tests of a file. After each test, the well-behaved client must have received right
 * responses during it. After all tests, the log must be short without internals, and the service must stop
 * cleanly.
 */
export function underAttack({ fill, ...options }: AttackOptions = {}): Attack {
  let database: TestDatabase;
  let service: RunningProgram;
  let client: Client;
  let answersBefore = 0;
  beforeAll(async () => {
    database = createDatabase();
    database.insert("tasks", task(1, "review"), task(2, "review"));
    fill?.(database);
    service = await startProgram(database.path, options);
    client = startClient(service);
    await eventually("the service answers", () => client.answers() > 0, 50);
  }, HOOK_MILLISECONDS);
  beforeEach(() => {
    answersBefore = client.answers();
  });
  afterEach(async () => {
    await eventually("a well-behaved client gets an answer", () => client.answers() > answersBefore);
  });
  afterAll(async () => {
    await client.stop();
    const code = await service.stop();
    database[Symbol.dispose]();
    expectQuietLog(service.log());
    expect(code).toBe(0);
  }, HOOK_MILLISECONDS);
  return {
    get service() {
      return service;
    },
    get port() {
      return Number(new URL(service.url).port);
    },
    sockets: () => openSockets(service.child.pid as number),
  };
}

/**
 * Requests over a new connection. An idle one may have been closed, and `fetch` reuses such a connection even
 * for a request with `connection: close`, without the retry that scrapers have.
 */
export function askAnew({ url }: RunningProgram, path: string): Promise<Response> {
  return new Promise((resolve, reject) => {
    get(url + path, { agent: false }, (answer) => {
      const { statusCode: status = 500 } = answer;
      text(answer).then((body) => resolve(new Response(body, { status })), reject);
    }).on("error", reject);
  });
}

interface Client {
  /** Returns the number of right responses. Throws if one was wrong or missing. */
  answers(): number;
  stop(): Promise<void>;
}

function startClient(service: RunningProgram): Client {
  let stopped = false;
  let right = 0;
  let failure: unknown;
  async function ask(): Promise<void> {
    while (!stopped) {
      const answer = await askAnew(service, "/metrics?read_mask=stages");
      const { stages } = (await answer.json()) as GetMetricsResponseJson;
      // On a busy machine the reader may miss its deadline, and must report that.
      if (stages?.error) expect(["unavailable", "deadline_exceeded"]).toContain(stages.error.code);
      else {
        expect(stages?.counts).toEqual({ review: 2 });
        right += 1;
      }
      await sleep(REST_MILLISECONDS);
    }
  }
  const asking = ask().catch((error: unknown) => {
    failure = error;
  });
  const answers = () => {
    if (failure !== undefined) throw failure;
    return right;
  };
  return {
    answers,
    async stop() {
      stopped = true;
      await asking;
      answers();
    },
  };
}

/** The maximum number of log lines after any number of attacks, so that an attacker cannot fill the disk. */
const MOST_LOG_LINES = 40;

function expectQuietLog(log: string): void {
  const lines = log.trim().split("\n");
  expect(lines.length, log.slice(0, 4_000)).toBeLessThanOrEqual(MOST_LOG_LINES);
  for (const line of lines) {
    expect(line).toMatch(/"level":(30|40|"info"|"warn")/);
    expectNothingInside(line);
  }
}

/** Expects no stack, path or SQL in the output. */
export function expectNothingInside(text: string): void {
  expect(text).not.toMatch(/\n\s+at |\\n\s+at |node:internal|node_modules|\.[jt]s\b|\/tmp\/|\/home\/|SELECT/);
}

function openSockets(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).filter((name) => {
    try {
      return readlinkSync(`${folder}/${name}`).startsWith("socket:");
    } catch {
      return false;
    }
  }).length;
}
