/** The changelog with what is under [Unreleased] as a version of its own. */
export function dated(changelog: string, version: string, today: Date): string {
  const heading = "## [Unreleased]\n";
  const [before, after] = changelog.split(heading);
  if (before === undefined || after === undefined)
    throw new Error("CHANGELOG.md has no section [Unreleased]");
  const [unreleased = ""] = after.split(/^## \[/m);
  if (!/^- /m.test(unreleased))
    throw new Error("CHANGELOG.md has nothing under [Unreleased]: write what changed there");
  if (after.includes(`## [${version}]`)) throw new Error(`CHANGELOG.md already has a version ${version}`);
  return `${before}${heading}\n## [${version}] - ${today.toISOString().slice(0, 10)}\n${after}`;
}
