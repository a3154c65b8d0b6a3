/** The package's folder: one level above the sources, and two above the compiled files. */
const PACKAGE = new URL(import.meta.url.endsWith(".ts") ? "../" : "../../", import.meta.url);

/** Returns the place of a file of the package. `path` is relative to its folder. */
export function packageFile(path: string): URL {
  return new URL(path, PACKAGE);
}
