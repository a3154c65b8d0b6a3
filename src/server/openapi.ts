/** The OpenAPI document that is generated from the contract and stands beside the program. */
import { existsSync, readFileSync } from "node:fs";

/** Two folders above this source file, three above the compiled one. */
const PLACES = ["../../openapi/", "../../../openapi/"].map((path) => new URL(path, import.meta.url));

export function openapiText(): string {
  const folder = PLACES.find((place) => existsSync(place));
  if (!folder) throw new Error("openapi/ is missing from the installation");
  const document: unknown = JSON.parse(readFileSync(new URL("metrics.openapi.json", folder), "utf8"));
  return JSON.stringify(document);
}
