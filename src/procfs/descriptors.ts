/** Reads what a process has open, by kind, and what its epolls watch: proc_pid_fd(5), proc_pid_fdinfo(5). */
import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { isResourceExhaustion, readTextIfAny } from "./process-files.ts";

export interface Descriptors {
  /** By number. "epoll" is a kind here, but never one that a thread waits for. */
  readonly kinds: ReadonlyMap<number, string>;
  /** The kernel's name of each. A number that was closed and opened again has another one. */
  readonly links: ReadonlyMap<number, string>;
  /** The numbers that are open for reading. */
  readonly readable: ReadonlySet<number>;
  /** Inodes of its sockets, as /proc/net/tcp names them. */
  readonly sockets: readonly string[];
}

const ANONYMOUS: readonly (readonly [RegExp, string])[] = [
  [/^pipe:/, "pipe"],
  [/^socket:/, "socket"],
  [/\[eventpoll\]/, "epoll"],
  [/\[eventfd/, "eventfd"],
  [/\[timerfd\]/, "timer"],
  [/inotify|\[fanotify\]/, "inotify"],
  [/\[signalfd\]/, "signal"],
  [/\[pidfd\]/, "child"],
  [/\[io_uring\]/, "io_uring"],
  [/^anon_inode:/, "other"],
  [/^\/dev\/(pts\/|tty|console)/, "terminal"],
];

function kindOf(link: string): string {
  return ANONYMOUS.find(([pattern]) => pattern.test(link))?.[1] ?? "file";
}

/** The kernel's name of one descriptor; undefined if it is closed or cannot be read. Throws on resource exhaustion. */
export function descriptorLink(folder: string, number: number | string): string | undefined {
  try {
    return readlinkSync(`${folder}/fd/${number}`);
  } catch (error) {
    if (isResourceExhaustion(error)) throw error;
    return undefined;
  }
}

/** Undefined if they cannot be read. Throws on resource exhaustion. */
export function readDescriptors(folder: string): Descriptors | undefined {
  const kinds = new Map<number, string>();
  const links = new Map<number, string>();
  const readable = new Set<number>();
  /** Numbers by inode. */
  const pipes = new Map<string, number[]>();
  const sockets = new Map<string, number>();
  let names: readonly string[];
  try {
    names = readdirSync(`${folder}/fd`);
  } catch (error) {
    if (isResourceExhaustion(error)) throw error;
    return undefined;
  }
  for (const name of names) {
    const link = descriptorLink(folder, name);
    // The descriptor was closed meanwhile.
    if (link === undefined) continue;
    try {
      const kind = kindOf(link);
      kinds.set(Number(name), kind);
      links.set(Number(name), link);
      // The mode of the link itself shows the mode of the descriptor.
      if ((lstatSync(`${folder}/fd/${name}`).mode & 0o400) !== 0) readable.add(Number(name));
      if (kind === "pipe") pipes.set(link, [...(pipes.get(link) ?? []), Number(name)]);
      if (kind === "socket") sockets.set(link.slice("socket:[".length, -1), Number(name));
    } catch (error) {
      if (isResourceExhaustion(error)) throw error;
      // The descriptor was closed meanwhile.
    }
  }
  // Threads that wake each other hold both ends of a pipe, or of a socketpair(2), whose inodes are consecutive.
  for (const numbers of pipes.values())
    if (numbers.length > 1) for (const number of numbers) kinds.set(number, "eventfd");
  for (const [inode, number] of sockets) {
    const isPaired = [-1n, 1n].some((step) => sockets.has(String(BigInt(inode) + step)));
    if (isPaired) kinds.set(number, "eventfd");
  }
  return { kinds, links, readable, sockets: [...sockets.keys()] };
}

/** How deep nested epolls are followed. */
const DEEPEST = 3;

/**
 * Returns the kinds that an epoll watches, from lines `tfd: 5 events: …`. Undefined if a descriptor is not among the
 * known ones, which are then outdated, or the file cannot be read.
 */
export function epollKinds(
  folder: string,
  epoll: number,
  descriptors: Descriptors,
  depth = 0,
): ReadonlySet<string> | undefined {
  const text = readTextIfAny(`${folder}/fdinfo/${epoll}`);
  if (text === "") return undefined;
  const found = new Set<string>();
  for (const [, number] of text.matchAll(/^tfd:\s*(\d+)/gm)) {
    const kind = descriptors.kinds.get(Number(number));
    if (kind === undefined) return undefined;
    const inner =
      kind === "epoll" && depth < DEEPEST
        ? epollKinds(folder, Number(number), descriptors, depth + 1)
        : [kind];
    for (const one of inner ?? []) found.add(one);
  }
  return found;
}
