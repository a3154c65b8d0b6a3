/** Returns the changelog with the entries under [Unreleased] as a separate version. */
export function dated(changelog: string, version: string, today: Date): string {
  const heading = "## [Unreleased]\n";
  const [before, after] = changelog.split(heading);
  if (before === undefined || after === undefined)
    throw new Error("CHANGELOG.md has no [Unreleased] section");
  const [unreleased = ""] = after.split(/^## \[/m);
  if (!/^- /m.test(unreleased)) throw new Error("CHANGELOG.md has no entries under [Unreleased]: add them");
  if (after.includes(`## [${version}]`)) throw new Error(`CHANGELOG.md already has a version ${version}`);
  return `${before}${heading}\n## [${version}] - ${today.toISOString().slice(0, 10)}\n${after}`;
}
