/**
 * An orchestrator that serves its own metrics beside its own routes. Run it in a folder with the packages `orch-metrics` and
 * `better-sqlite3`: ORCH_DATABASE=orchestrator.db node orchestrator.ts
 */
import { createServer } from "node:http";
import { mountMetrics, openSqliteRepository } from "orch-metrics";

const breaker = { name: "model-api", state: "closed", failures: 0 };
const metrics = mountMetrics({
  repository: openSqliteRepository({ databasePath: process.env.ORCH_DATABASE ?? "orchestrator.db" }),
  // From memory instead of a table.
  breakers: () => [breaker],
  access: { allowedHosts: ["orchestrator.internal"] },
});

const server = createServer((request, response) => {
  if (request.url === "/") response.end("my orchestrator\n");
  else metrics.handler(request, response);
});
server.listen(Number(process.env.PORT ?? 9977), "127.0.0.1", () => {
  console.log(`metrics at http://127.0.0.1:${(server.address() as { port: number }).port}/metrics`);
});

process.once("SIGTERM", async () => {
  server.close();
  // Without it the process does not end.
  await metrics.close();
});
