/** Slow clients against shortened time limits. The slow tests use the real ones. */
import { afterAll, beforeAll, describe, it } from "vitest";
import { type InProcess, startInProcess } from "../service/in-process.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { startProgram } from "../support/service.ts";
import {
  expectBodyOfNoCallIsCut,
  expectIdleAreCut,
  expectNoFirstByteIsCut,
  expectOneAnswerEachIsMade,
  expectSlowBodyIsTold,
  expectSlowHeaderIsTold,
  expectSlowHttp2BodyIsCut,
  expectSlowHttp2ReaderIsCut,
  expectSlowReaderIsCut,
  expectTooMuchUnreadIsCut,
  fillLargely,
} from "./support/slow-clients.ts";

const HEADER_SECONDS = 1;
const REQUEST_SECONDS = 1.5;
const EXCHANGE_SECONDS = 1.5;
const IDLE_SECONDS = 1.5;

let database: TestDatabase;
beforeAll(() => {
  database = createDatabase();
  fillLargely(database);
});
afterAll(() => database[Symbol.dispose]());

describe.concurrent("a client that is slow", () => {
  let hasteForRequests: InProcess;
  let hasteForAnswers: InProcess;
  beforeAll(async () => {
    hasteForRequests = await startInProcess(database.path, {
      times: { headerSeconds: HEADER_SECONDS, requestSeconds: REQUEST_SECONDS, lookSeconds: 0.1 },
    });
    hasteForAnswers = await startProgram(database.path, {
      times: { exchangeSeconds: EXCHANGE_SECONDS, idleSeconds: IDLE_SECONDS, lookSeconds: 0.1 },
    });
  });
  afterAll(async () => {
    await hasteForRequests[Symbol.asyncDispose]();
    await hasteForAnswers[Symbol.asyncDispose]();
  });

  // Start the longest first, since only five run at once.
  it("between requests is disconnected, while a streaming call continues", () =>
    expectIdleAreCut(hasteForAnswers, IDLE_SECONDS));
  it("with a header gets 408", () => expectSlowHeaderIsTold(hasteForRequests, HEADER_SECONDS));
  it("with the first byte is disconnected", () => expectNoFirstByteIsCut(hasteForRequests, HEADER_SECONDS));
  it("with a body gets 408", () => expectSlowBodyIsTold(hasteForRequests, REQUEST_SECONDS));
  it("with a body over HTTP/2 is disconnected", () =>
    expectSlowHttp2BodyIsCut(hasteForAnswers, EXCHANGE_SECONDS));
  it("with the body of an invalid call on a streaming path is disconnected too", () =>
    expectBodyOfNoCallIsCut(hasteForAnswers, EXCHANGE_SECONDS));
  it("to read is disconnected", () => expectSlowReaderIsCut(hasteForAnswers, EXCHANGE_SECONDS));
  it("to read over HTTP/2 is disconnected", () =>
    expectSlowHttp2ReaderIsCut(hasteForAnswers, EXCHANGE_SECONDS));
});

describe("many clients that do not read", () => {
  let service: InProcess;
  beforeAll(async () => {
    service = await startInProcess(database.path);
  });
  afterAll(() => service[Symbol.asyncDispose]());

  it("have one response each built for them over HTTP/1.1, for any number of pipelined requests", () =>
    expectOneAnswerEachIsMade(service));

  it("are disconnected, oldest first, once 32 MiB are unsent", () => expectTooMuchUnreadIsCut(service));
});
