/** The protocols that go over HTTP/2 as well as over HTTP/1.1, by buf curl. The rest is in `transports.test.ts`. */
import { afterAll, beforeAll, describe } from "vitest";
import { OTHERS, testWays } from "./by-buf.ts";
import { type SharedService, startShared } from "./shared-service.ts";

let service: SharedService;
beforeAll(async () => {
  service = await startShared();
});
afterAll(() => service?.[Symbol.asyncDispose]());

describe("the RPC by buf curl", () => {
  testWays(OTHERS, () => service);
});
