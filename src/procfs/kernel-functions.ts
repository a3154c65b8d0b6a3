/** Functions of the kernel in which threads wait, as proc_pid_wchan(5) names them, and what ends the wait there. */

const FUTEX = /futex/;
const EPOLL = /^(ep_poll|do_epoll_(p?wait)?|epoll_)/;
/** poll(2), select(2). */
const POLL = /^(poll_schedule_timeout|do_(sys_)?poll|do_select|core_sys_select)/;
/** read(2) of a terminal or a socket: both wait there. */
const READ = /^(wait_woken|n_tty_read|tty_)/;

/** What ends the wait in a function, if that is certain. In this order. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^n_tty_|^tty_/, "terminal"],
  [/pipe_(read|write)|^pipe_wait|^wait_for_partner/, "pipe"],
  [/sk_|skb|^unix_|^inet_|^tcp_|^udp_/, "socket"],
  [/lock_inode|flock|posix_lock|locks_/, "lock"],
  [/^do_wait|^kernel_(wait4|clone)|^wait_for_vfork/, "child"],
  [/nanosleep|^do_sigtimedwait|^alarm_/, "timer"],
  [/^eventfd_/, "eventfd"],
  [/^timerfd_/, "timer"],
  [/^inotify_|^fanotify_/, "inotify"],
  [/^signalfd_|^do_pause|pause$|sigsuspend/, "signal"],
  [/io_cqring|io_uring/, "io_uring"],
  [/fuse|request_wait|folio|io_schedule|jbd2|nfs|rpc_|blk_|submit_bio|filemap|wait_on_page/, "file"],
];

export const isEpoll = (kernelFunction: string): boolean => EPOLL.test(kernelFunction);

/** Not for another thread. */
export const isOutside = (kernelFunction: string): boolean => !FUTEX.test(kernelFunction);

/** A runtime's own clock sleeps, as Go's `sysmon` does. */
export const isSleep = (kernelFunction: string): boolean => /nanosleep/.test(kernelFunction);

/** Undefined if the function does not tell. */
export function certainKind(kernelFunction: string): string | undefined {
  return KINDS.find(([pattern]) => pattern.test(kernelFunction))?.[1];
}

/** Kinds of open descriptors that the function may wait for, which it does not tell. */
export function possibleKinds(kernelFunction: string): readonly string[] {
  if (READ.test(kernelFunction)) return ["socket", "terminal"];
  return POLL.test(kernelFunction) ? POLLED : [];
}

const POLLED = ["terminal", "pipe", "socket", "eventfd", "timer", "inotify", "signal", "child"];
