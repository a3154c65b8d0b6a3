/** The limits over TLS, against the program. */
import { expect, it } from "vitest";
import { createDatabase } from "../support/database.ts";
import { startProgram } from "../support/service.ts";
import { expectLimitsOverTls, OVER_TLS } from "./support/three-connections.ts";

it("the limits apply over TLS, including a handshake that never starts", async () => {
  using database = createDatabase();
  await using service = await startProgram(database.path, { args: OVER_TLS });
  await expectLimitsOverTls(service);
  expect(await service.stop()).toBe(0);
});
