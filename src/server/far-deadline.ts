/**
 * A deadline in weeks is as good as none. The library would let it pass at once: it hands it to setTimeout, which takes
 * no more than 2^31 - 1 milliseconds and fires after 1 for anything longer.
 */

const LONGEST_TIMER_MILLISECONDS = 2 ** 31 - 1;

/** github.com/grpc/grpc, doc/PROTOCOL-HTTP2.md, "TimeoutUnit". */
const MILLISECONDS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** Takes such a deadline out of a request's headers, by Connect or by gRPC. */
export function dropFarDeadline(headers: Headers): void {
  const connect = /^\d{1,10}$/.exec(headers.get("connect-timeout-ms") ?? "")?.[0];
  if (Number(connect) > LONGEST_TIMER_MILLISECONDS) headers.delete("connect-timeout-ms");
  const [, count, unit = ""] = /^(\d{1,8})([HMSmun])$/.exec(headers.get("grpc-timeout") ?? "") ?? [];
  if (Number(count) * (MILLISECONDS[unit] ?? 0) > LONGEST_TIMER_MILLISECONDS) headers.delete("grpc-timeout");
}
