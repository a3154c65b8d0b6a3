/**
 * Writes what the package needs in order to run, as this repository's lock file has it: CycloneDX, beside what was
 * compiled. It holds no time and no serial number, so that the same sources give the same file.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

/** https://cyclonedx.org/docs/1.5/json/, as far as it is changed here. */
interface BillOfMaterials {
  serialNumber?: string;
  readonly metadata: { timestamp?: string; readonly component: { name: string; "bom-ref": string } };
  components: readonly { "bom-ref": string; readonly properties: readonly { readonly name: string }[] }[];
  dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const { name } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly name: string };
const text = execFileSync("npm", ["sbom", "--package-lock-only", "--sbom-format=cyclonedx"], {
  encoding: "utf8",
  maxBuffer: 64 * 1024 * 1024,
});
const bill = JSON.parse(text) as BillOfMaterials;
delete bill.serialNumber;
delete bill.metadata.timestamp;
// npm takes the folder's.
bill.metadata.component.name = name;
// Not by --omit=dev: that leaves out whatever a development dependency needs as well.
bill.components = bill.components.filter(
  ({ properties }) => !properties.some((property) => property.name === "cdx:npm:package:development"),
);
const kept = new Set([bill.metadata.component, ...bill.components].map((component) => component["bom-ref"]));
bill.dependencies = bill.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) }));
writeFileSync("dist/orch-metrics.cdx.json", `${JSON.stringify(bill, null, 2)}\n`);
