/** Derives the package's addresses from the git remote. npm shows them and checks provenance against them. */

export interface Addresses {
  readonly repository: { readonly type: "git"; readonly url: string };
  readonly homepage: string;
  readonly bugs: { readonly url: string };
}

/**
 * Parses the output of `git remote get-url`, such as `git@host:owner/name.git` or `https://host/owner/name`. Returns
 * undefined for a remote that is not a web address, such as a folder.
 */
export function addresses(remote: string): Addresses | undefined {
  // ssh's short form, user@host:path, is not a URL.
  const url = URL.parse(remote.trim().replace(/^[^@/\s]+@([^:/]+):/, "ssh://$1/"));
  if (!url || !/^(https?|ssh):$/.test(url.protocol)) return undefined;
  const host = url.protocol === "ssh:" ? url.hostname : url.host;
  const page = `https://${host}${url.pathname.replace(/(\.git)?\/*$/, "")}`;
  return {
    repository: { type: "git", url: `git+${page}.git` },
    homepage: `${page}#readme`,
    bugs: { url: `${page}/issues` },
  };
}

/** Returns the manifest with these addresses after `license`, replacing those of another remote. */
export function withAddresses(manifest: string, found: Addresses | undefined): string {
  const { repository, homepage, bugs, ...rest } = JSON.parse(manifest);
  const entries = Object.entries(rest);
  const at = entries.findIndex(([key]) => key === "license") + 1;
  const all = Object.fromEntries([
    ...entries.slice(0, at),
    ...Object.entries(found ?? {}),
    ...entries.slice(at),
  ]);
  return `${JSON.stringify(all, null, 2)}\n`;
}
