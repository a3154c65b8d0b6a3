/** Whether the database lies on a file system that answers by itself, so that the thread that serves may look at it. */
import { isLocal, readMounts } from "../../procfs/mountinfo.ts";

/** How long what was learnt holds; mounts seldom change. */
const LEARNT_MILLISECONDS = 30_000;

/** A function that tells it of a path with symbolic links resolved. */
export function localPaths(): (path: string) => boolean {
  let learnt: { readonly path: string; readonly isLocal: boolean; readonly at: number } | undefined;
  return (path) => {
    const now = performance.now();
    if (learnt?.path !== path || now - learnt.at > LEARNT_MILLISECONDS)
      learnt = { path, isLocal: isLocal(path, readMounts()), at: now };
    return learnt.isLocal;
  };
}
