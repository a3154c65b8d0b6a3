/** The time zone in a profile's header, in the running program. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createDatabase } from "../support/database.ts";
import { runProgram } from "../support/service.ts";
import { GATES, SCHEMA } from "./attacks.ts";

describe("a time without a zone", () => {
  const text = (header: string) => `-- dialect: sqlite
${header}
-- name: gates
SELECT strftime('%H:%M', 1769860800, 'unixepoch', 'localtime') AS scope, NULL AS holder_task_id,
  '2026-01-31 12:00' AS acquired_at, NULL AS waiting`;
  it.each([
    ["-- system: ours", "12:00", "2026-01-31T12:00:00Z"],
    ["-- timezone: Europe/Berlin", "13:00", "2026-01-31T11:00:00Z"],
  ])(
    "is read in the header's zone (%s), whatever the machine's zone is",
    async (header, scope, acquired_at) => {
      using database = createDatabase({ schema: SCHEMA });
      const path = join(database.directory, "mine.sql");
      writeFileSync(path, text(header));
      const env = { TZ: "America/Los_Angeles" };
      const { stdout } = await runProgram(["snapshot", "--database", database.path, "--profile", path], env);
      expect(JSON.parse(stdout).queue.gates).toMatchObject({ error: null, items: [{ scope, acquired_at }] });
    },
  );
});

describe("a time zone that the system lacks", () => {
  it.each(["Europe/Berlin", "europe/berlin"])("is an error instead of UTC: %s", async (zone) => {
    using database = createDatabase({ schema: SCHEMA });
    writeFileSync(join(database.directory, "mine.sql"), `-- dialect: sqlite\n-- timezone: ${zone}\n${GATES}`);
    const args = ["snapshot", "--database", database.path, "--profile", join(database.directory, "mine.sql")];
    const { stdout } = await runProgram(args, zone === "Europe/Berlin" ? { TZDIR: database.directory } : {});
    expect(JSON.parse(stdout).queue.gates.error).toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining("the system does not know the time zone of the profile's header"),
    });
  });
});
