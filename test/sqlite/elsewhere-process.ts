/**
 * For each path on standard input, in JSON: reads the stages of that database, and writes the number of tasks
 * or the failure.
 */
import { createInterface } from "node:readline";
import { openSqliteRepository } from "../../src/repositories/sqlite/open.ts";

for await (const line of createInterface(process.stdin)) {
  const databasePath = JSON.parse(line) as string;
  const repository = openSqliteRepository({ databasePath, deadlineSeconds: 60 });
  const { stages } = (await repository.read(["stages"])).parts;
  process.stdout.write(`${JSON.stringify(stages?.ok ? stages.value.tasks.length : stages?.failure)}\n`);
  await repository.close();
}
