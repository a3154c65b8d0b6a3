/** Kernel functions in which threads wait, as named by proc_pid_wchan(5), and what ends the wait in each. */

const FUTEX = /futex/;
const EPOLL = /^(ep_poll|do_epoll_(p?wait)?|epoll_)/;
/** poll(2), select(2). */
const POLL = /^(poll_schedule_timeout|do_(sys_)?poll|do_select|core_sys_select)/;
/** read(2) of a terminal and of a socket wait in the same functions. */
const READ = /^(wait_woken|n_tty_read|tty_)/;

/** What ends the wait in a function, if certain. The first match applies. */
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

/** Whether the thread waits for something other than another thread. */
export const isOutside = (kernelFunction: string): boolean => !FUTEX.test(kernelFunction);

/** Whether it is a sleep, such as that of a runtime's own clock (Go's `sysmon`). */
export const isSleep = (kernelFunction: string): boolean => /nanosleep/.test(kernelFunction);

/** Undefined if the function does not show it. */
export function certainKind(kernelFunction: string): string | undefined {
  return KINDS.find(([pattern]) => pattern.test(kernelFunction))?.[1];
}

/** Returns the kinds of open descriptors that the function may wait for, if it does not show which. */
export function possibleKinds(kernelFunction: string): readonly string[] {
  if (READ.test(kernelFunction)) return ["socket", "terminal"];
  return POLL.test(kernelFunction) ? POLLED : [];
}

const POLLED = ["terminal", "pipe", "socket", "eventfd", "timer", "inotify", "signal", "child"];
