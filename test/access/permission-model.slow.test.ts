/** Node's permission model, under which the unit and the image start the service, and a Unix socket. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createDatabase } from "../support/database.ts";
import { startProgram } from "../support/service.ts";

describe("a socket under the permission model", () => {
  it("can only be created in the folder that the command line names", async () => {
    const folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
    try {
      using database = createDatabase();
      const nodeFlags = [
        ...["--permission", "--allow-fs-read=*", `--allow-fs-write=${folder}/`, "--allow-addons"],
        ...["--allow-worker", "--allow-child-process", "--disable-warning=SecurityWarning"],
      ];
      await using service = await startProgram(database.path, {
        place: ["--socket", join(folder, "socket")],
        nodeFlags,
      });
      expect(service.url).toBe(`unix:${join(folder, "socket")}`);
      await expect(
        startProgram(database.path, { place: ["--socket", join(folder, "../elsewhere")], nodeFlags }),
      ).rejects.toThrow("ERR_ACCESS_DENIED");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
