/** The path that a client most likely meant: another case, a slash too many, or one that was encoded. */
export function similarPath(path: string, paths: readonly string[]): string | undefined {
  const plain = simplified(path);
  return paths.find((known) => simplified(known) === plain);
}

function simplified(path: string): string {
  return path.replaceAll(/%2f/gi, "/").replaceAll(/\/+/g, "/").replace(/\/$/, "").toLowerCase();
}
