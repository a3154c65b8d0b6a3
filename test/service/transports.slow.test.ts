/**
 * The protocols that work over both HTTP/1.1 and HTTP/2, through buf curl. `transports.test.ts` has the rest.
 */
import { afterAll, beforeAll, describe } from "vitest";
import { OTHERS, testWays } from "./by-buf.ts";
import { type SharedService, startShared } from "./shared-service.ts";

let service: SharedService;
beforeAll(async () => {
  service = await startShared();
});
afterAll(() => service?.[Symbol.asyncDispose]());

describe("the RPC through buf curl", () => {
  testWays(OTHERS, () => service);
});
