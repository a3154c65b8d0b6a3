/** Reads what a process has open, by kind, and what its epolls watch: proc_pid_fd(5), proc_pid_fdinfo(5). */
import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { ifReadable, readTextIfAny } from "./process-files.ts";

export interface Descriptor {
  /** "epoll" is a kind here, but never one that a thread waits for. */
  kind: string;
  /** The kernel's name. A number that was closed and opened again has another one. */
  readonly link: string;
  readonly isReadable: boolean;
}

/** By number. */
export type Descriptors = ReadonlyMap<number, Descriptor>;

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
export function descriptorLink(folder: string, number: number): string | undefined {
  return ifReadable(() => readlinkSync(`${folder}/fd/${number}`));
}

/** Undefined if they cannot be read. Throws on resource exhaustion. */
export function readDescriptors(folder: string): Descriptors | undefined {
  const names = ifReadable(() => readdirSync(`${folder}/fd`));
  if (!names) return undefined;
  const open = new Map<number, Descriptor>();
  for (const name of names) {
    const descriptor = ifReadable(() => readDescriptor(`${folder}/fd/${name}`));
    // Otherwise it was closed meanwhile.
    if (descriptor) open.set(Number(name), descriptor);
  }
  // Threads that wake each other hold both ends of a pipe, or of a socketpair(2), whose inodes are consecutive.
  const ends = Map.groupBy(open.values(), ({ link }) => link);
  const sockets = new Set(socketsIn(open));
  for (const one of open.values()) {
    const isPipe = one.kind === "pipe" && (ends.get(one.link)?.length ?? 0) > 1;
    const inode = socketOf(one);
    const isSocketPair = inode && [-1n, 1n].some((step) => sockets.has(String(BigInt(inode) + step)));
    if (isPipe || isSocketPair) one.kind = "eventfd";
  }
  return open;
}

function readDescriptor(path: string): Descriptor {
  const link = readlinkSync(path);
  // The mode of the link itself shows the mode of the descriptor.
  return { kind: kindOf(link), link, isReadable: (lstatSync(path).mode & 0o400) !== 0 };
}

/** Returns the inodes of sockets, as /proc/net/tcp names them. */
export function socketsIn(descriptors: Descriptors): readonly string[] {
  return [...descriptors.values()].flatMap((one) => socketOf(one) ?? []);
}

function socketOf({ link }: Descriptor): string | undefined {
  return link.startsWith("socket:[") ? link.slice("socket:[".length, -1) : undefined;
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
    const kind = descriptors.get(Number(number))?.kind;
    if (kind === undefined) return undefined;
    const inner =
      kind === "epoll" && depth < DEEPEST
        ? epollKinds(folder, Number(number), descriptors, depth + 1)
        : [kind];
    for (const one of inner ?? []) found.add(one);
  }
  return found;
}
