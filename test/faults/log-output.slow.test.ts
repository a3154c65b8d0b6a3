/** A log that nobody reads, as thousands of requests fill it; and output for a full disk. */
import { expect, it } from "vitest";
import { createDatabase } from "../support/database.ts";
import { expectOutputIsMissed } from "./output.ts";
import { startUnheard } from "./unread-log.ts";

it("the log may go to a pipe that nobody reads any more, and the service still stops", {
  timeout: 90_000,
}, async () => {
  using database = createDatabase();
  await using service = startUnheard(database.path, "pipe");
  // A pipe and Node's own buffers hold some 100 KiB: as many requests fill them several times over.
  service.child.stderr?.pause();
  await service.untilHealthy();
  for (let call = 0; call < 4_000; call += 1) expect(await service.ask()).toBe(200);
  // Its thread that waits for the pipe cannot end, and so it kills itself.
  await service.stop();
  expect(service.child.signalCode).toBe("SIGKILL");
});

it("output that cannot be written is one line and exit code 1", () => {
  using database = createDatabase();
  for (const command of ["check", "snapshot"] as const) expectOutputIsMissed(command, database.path);
});
