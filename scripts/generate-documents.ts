/** Generates documents: from the contract OpenAPI, JSON Schema and the tables of fields, and the table of settings. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { settingsTable } from "../shared/settings-help.ts";
import { SETTINGS } from "../src/settings.ts";
import { readContract } from "./documents/contract-files.ts";
import { withFieldTables } from "./documents/field-tables.ts";
import { metricsSchema } from "./documents/metrics-schema.ts";
import { openapi } from "./documents/openapi.ts";

const PAGE = "docs/contract.md";
const REFERENCE = "docs/reference.md";

const contract = readContract();
const documents = {
  "openapi/metrics.openapi.json": openapi(contract),
  "openapi/metrics.schema.json": metricsSchema(contract),
};

mkdirSync("openapi", { recursive: true });
for (const [path, document] of Object.entries(documents))
  writeFileSync(path, `${JSON.stringify(document, null, 2)}\n`);
writeFileSync(PAGE, withFieldTables(readFileSync(PAGE, "utf8"), contract.metrics));
const table = settingsTable(Object.values(SETTINGS));
writeFileSync(
  REFERENCE,
  readFileSync(REFERENCE, "utf8").replace(/^\| flag \|.*\n(?:\|.*\n)+/m, () => table),
);
