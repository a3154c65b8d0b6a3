/** Numbers of system calls in which threads wait: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h. */

type Numbers = Readonly<Record<number, string>>;

/** Alternating numbers and names. */
const X64 = `
  0 read 1 write 2 open 7 poll 17 pread64 18 pwrite64 19 readv 20 writev 23 select 34 pause 35 nanosleep 42
  connect 43 accept 44 sendto 45 recvfrom 46 sendmsg 47 recvmsg 56 clone 58 vfork 61 wait4 72 fcntl 73 flock
  74 fsync 75 fdatasync 128 rt_sigtimedwait 130 rt_sigsuspend 202 futex 230 clock_nanosleep 232 epoll_wait 247
  waitid 257 openat 270 pselect6 271 ppoll 281 epoll_pwait 288 accept4 426 io_uring_enter 435 clone3 441
  epoll_pwait2 449 futex_waitv`;

const ARM64 = `
  22 epoll_pwait 25 fcntl 32 flock 56 openat 63 read 64 write 65 readv 66 writev 67 pread64 68 pwrite64 72
  pselect6 73 ppoll 82 fsync 83 fdatasync 95 waitid 98 futex 101 nanosleep 115 clock_nanosleep 133
  rt_sigsuspend 137 rt_sigtimedwait 202 accept 203 connect 206 sendto 207 recvfrom 211 sendmsg 212 recvmsg 220
  clone 242 accept4 260 wait4 426 io_uring_enter 435 clone3 441 epoll_pwait2 449 futex_waitv`;

const TABLES: Readonly<Partial<Record<string, string>>> = { x64: X64, arm64: ARM64 };

const NAMES: Numbers = Object.fromEntries(
  [...(TABLES[process.arch] ?? "").matchAll(/(\d+) (\w+)/g)].map(([, number, name]) => [number, name]),
);

export interface SystemCall {
  readonly name: string;
  readonly arguments: readonly bigint[];
}

/** Parses a line of proc_pid_syscall(5). Undefined for a running thread, and for a call that is not in the table. */
export function parseSystemCall(line: string, names = NAMES): SystemCall | undefined {
  const [number = "", ...rest] = line.split(" ");
  const name = /^\d+$/.test(number) ? names[Number(number)] : undefined;
  // After six arguments follow the stack pointer and the program counter.
  const given = rest.slice(0, 6).filter((argument) => /^0x[\da-f]+$/.test(argument));
  return name === undefined ? undefined : { name, arguments: given.map(BigInt) };
}

/** The argument of a call that holds its timeout in milliseconds, as a signed 32-bit number: epoll_wait(2), poll(2). */
const TIMEOUTS: Readonly<Record<string, number>> = { epoll_wait: 3, epoll_pwait: 3, poll: 2 };

/** Returns the timeout in seconds. Undefined if there is none, or only its address is known. */
export function timeoutSeconds({ name, arguments: given }: SystemCall): number | undefined {
  const at = TIMEOUTS[name];
  const milliseconds = at === undefined ? -1 : Number(BigInt.asIntN(32, given[at] ?? -1n));
  return milliseconds < 0 ? undefined : milliseconds / 1000;
}

const FIRST_IS_DESCRIPTOR =
  /^(p?(read|write)(v|64)?|recv|send|connect|accept|flock|fcntl|f(data)?sync|epoll)/;

/** Returns the descriptor that the call operates on. */
export function descriptorOf({ name, arguments: given }: SystemCall): number | undefined {
  const [first] = given;
  return FIRST_IS_DESCRIPTOR.test(name) && first !== undefined ? Number(BigInt.asIntN(32, first)) : undefined;
}
