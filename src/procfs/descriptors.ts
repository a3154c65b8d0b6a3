/** Reads what a process has open, by kind, and what its epolls watch: proc_pid_fd(5), proc_pid_fdinfo(5). */
import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { ifReadable, readTextIfAny } from "./process-files.ts";

export interface Descriptor {
  /** "epoll" is a kind here, but never one that a thread waits for. */
  kind: string;
  /** The kernel's name. */
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
  const sockets = new Set([...open.values()].map(({ link }) => socketOf(link)));
  for (const one of open.values()) {
    const isPipe = one.kind === "pipe" && (ends.get(one.link)?.length ?? 0) > 1;
    const inode = socketOf(one.link);
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

/** Returns the inodes of a process's sockets, as /proc/net/tcp names them. Throws the system's error. */
export function readSockets(folder: string): readonly string[] {
  return readdirSync(`${folder}/fd`).flatMap((name) => {
    const link = ifReadable(() => readlinkSync(`${folder}/fd/${name}`));
    return socketOf(link ?? "") ?? [];
  });
}

function socketOf(link: string): string | undefined {
  return /^socket:\[(\d+)\]$/.exec(link)?.[1];
}

/** Returns the kinds that epolls watch, directly or through other epolls, from lines `tfd: 5 events: …`. */
export function watchedKinds(
  folder: string,
  descriptors: Descriptors,
  epolls: readonly number[],
): ReadonlySet<string> {
  const kinds = new Set<string>();
  // Grows while it is walked.
  const all = new Set(epolls);
  for (const epoll of all) {
    for (const [, digits] of readTextIfAny(`${folder}/fdinfo/${epoll}`).matchAll(/^tfd:\s*(\d+)/gm)) {
      const number = Number(digits);
      const kind = descriptors.get(number)?.kind;
      if (kind === "epoll") all.add(number);
      else if (kind !== undefined) kinds.add(kind);
    }
  }
  return kinds;
}
