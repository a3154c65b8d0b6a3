/**
 * Writes a bill of materials of the packages that are needed at run time or bundled, from the lock file, in CycloneDX format
 * next to the compiled files. It contains no time and no serial number, so that equal sources give equal files.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { bundledPackages } from "./bundle-page.ts";

/** The parts of https://cyclonedx.org/docs/1.5/json/ that are changed here. */
interface BillOfMaterials {
  serialNumber?: string;
  readonly metadata: { timestamp?: string; readonly component: { name: string; "bom-ref": string } };
  components: readonly Component[];
  dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Component {
  readonly name: string;
  readonly version: string;
  readonly "bom-ref": string;
  scope: string;
  properties: readonly { readonly name: string; readonly value: string }[];
}

/** https://github.com/CycloneDX/cyclonedx-property-taxonomy/blob/main/cdx/npm.md */
const DEVELOPMENT = "cdx:npm:package:development";
const BUNDLED = "cdx:npm:package:bundled";

const { name } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly name: string };
const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
  readonly packages: Readonly<Record<string, { readonly version: string; readonly dev?: boolean }>>;
};
/**
 * Names and versions of the packages that are installed with this one. npm marks a package as one for development if one of
 * its copies in the lock file is.
 */
const installed = new Set(
  Object.entries(lock.packages)
    .filter(([, { dev }]) => dev !== true)
    .map(([path, { version }]) => `${path.replace(/^.*node_modules\//, "")}@${version}`),
);
const text = execFileSync("npm", ["sbom", "--package-lock-only", "--sbom-format=cyclonedx"], {
  encoding: "utf8",
  maxBuffer: 64 * 1024 * 1024,
});
const bill = JSON.parse(text) as BillOfMaterials;
delete bill.serialNumber;
delete bill.metadata.timestamp;
// npm uses the folder's name.
bill.metadata.component.name = name;
const bundled = bundledPackages();
const isRequired = ({ name, version }: Component) =>
  bundled.includes(name) || installed.has(`${name}@${version}`);
for (const component of bill.components.filter(isRequired)) {
  component.scope = "required";
  component.properties = [
    ...component.properties.filter((property) => property.name !== DEVELOPMENT),
    ...(bundled.includes(component.name) ? [{ name: BUNDLED, value: "true" }] : []),
  ];
}
// Does not use --omit=dev, which also omits packages that development dependencies share.
bill.components = bill.components.filter(isRequired);
const kept = new Set([bill.metadata.component, ...bill.components].map((component) => component["bom-ref"]));
bill.dependencies = bill.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) }));
writeFileSync("dist/orch-metrics.cdx.json", `${JSON.stringify(bill, null, 2)}\n`);
