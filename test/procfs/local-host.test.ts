/** Which runs belong to this host. The service looks up only their processes. */
import { expect, it } from "vitest";
import { createDatabase, run } from "../support/database.ts";
import { startProgram, untilOk } from "../support/service.ts";

it("runs with any name of this host belong to it, in any spelling", async () => {
  using database = createDatabase();
  const hosts = ["WEB-1", "web-2.Example.org.", "", null, "web-3", "web-2"];
  database.insert("agent_runs", ...hosts.map((host, index) => run(index + 1, { pid: process.pid, host })));
  const args = ["--local-host", "web-1., web-2.example.org"];
  await using program = await startProgram(database.path, { args });
  const { agents } = await untilOk(program);
  const presences = agents?.running?.map(({ host, presence }) => [host, presence]);
  expect(Object.fromEntries(presences ?? [])).toEqual({
    "WEB-1": "running",
    "web-2.Example.org.": "running",
    "": "running",
    "web-3": "other_host",
    "web-2": "other_host",
  });
});
