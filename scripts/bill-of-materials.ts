/**
 * Writes what the package needs in order to run, and what is bundled into it, as this repository's lock file has it:
 * CycloneDX, beside what was compiled. It holds no time and no serial number, so that the same sources give the same file.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { bundledPackages } from "./bundle-page.ts";

/** https://cyclonedx.org/docs/1.5/json/, as far as it is changed here. */
interface BillOfMaterials {
  serialNumber?: string;
  readonly metadata: { timestamp?: string; readonly component: { name: string; "bom-ref": string } };
  components: readonly Component[];
  dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Component {
  readonly name: string;
  readonly "bom-ref": string;
  scope: string;
  properties: readonly { readonly name: string; readonly value: string }[];
}

/** https://github.com/CycloneDX/cyclonedx-property-taxonomy/blob/main/cdx/npm.md */
const DEVELOPMENT = "cdx:npm:package:development";
const BUNDLED = "cdx:npm:package:bundled";

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
const bundled = bundledPackages();
for (const component of bill.components) {
  if (!bundled.includes(component.name)) continue;
  component.scope = "required";
  component.properties = [
    ...component.properties.filter((property) => property.name !== DEVELOPMENT),
    { name: BUNDLED, value: "true" },
  ];
}
// Not by --omit=dev: that leaves out whatever a development dependency needs as well.
bill.components = bill.components.filter(
  ({ properties }) => !properties.some((property) => property.name === DEVELOPMENT),
);
const kept = new Set([bill.metadata.component, ...bill.components].map((component) => component["bom-ref"]));
bill.dependencies = bill.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) }));
writeFileSync("dist/orch-metrics.cdx.json", `${JSON.stringify(bill, null, 2)}\n`);
