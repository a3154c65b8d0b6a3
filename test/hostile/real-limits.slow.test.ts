/** Clients that take their time: each is cut off at its limit, and a call that streams is not. */
import { describe, it } from "vitest";
import { underAttack } from "./support/attack.ts";
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

const attack = underAttack({ fill: fillLargely });

describe.concurrent("a client that takes its time", { timeout: 150_000 }, () => {
  // The longest first: no more than five run at once.
  it("between requests is cut off after 75 seconds, while a call that streams goes on", () =>
    expectIdleAreCut(attack.service, 75));
  it("with a header gets 408 after ten seconds", () => expectSlowHeaderIsTold(attack.service, 10));
  it("with the first byte is cut off after ten seconds", () => expectNoFirstByteIsCut(attack.service, 10));
  it("with a body gets 408 after twenty seconds", () => expectSlowBodyIsTold(attack.service, 20));
  it("with a body over HTTP/2 is cut off after thirty seconds", () =>
    expectSlowHttp2BodyIsCut(attack.service, 30));
  it("with the body of what is no call of a path that streams is cut off too", () =>
    expectBodyOfNoCallIsCut(attack.service, 30));
  it("with reading is cut off after thirty seconds", () => expectSlowReaderIsCut(attack.service, 30));
  it("with reading over HTTP/2 is cut off after thirty seconds", () =>
    expectSlowHttp2ReaderIsCut(attack.service, 30));
});

describe("many clients that do not read", () => {
  it("have one answer each made for them over HTTP/1.1, however many they ask for at once", () =>
    expectOneAnswerEachIsMade(attack.service));

  it("lose their connections, the oldest first, once 32 MiB wait for them", () =>
    expectTooMuchUnreadIsCut(attack.service));
});
