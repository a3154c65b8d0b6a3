/** The intervals of the watchdog's timers: an argument of its start, so that tests need not wait. */

export interface Pace {
  /** Between two checks of pending alerts, changed files and the recording. */
  readonly tickMilliseconds: number;
  /** Maximum delay before points of the history are written. */
  readonly flushMilliseconds: number;
  /** How often firing alerts are repeated to Alertmanager. */
  readonly repeatMilliseconds: number;
  /** Between two heartbeats. */
  readonly heartbeatMilliseconds: number;
  /** The first pause after a receiver failed. Each further pause is twice as long. */
  readonly retryMilliseconds: number;
  /** How long changes are collected before open pages are notified. */
  readonly gatherMilliseconds: number;
}

export const PACE: Pace = {
  tickMilliseconds: 1_000,
  flushMilliseconds: 10_000,
  repeatMilliseconds: 60_000,
  heartbeatMilliseconds: 60_000,
  retryMilliseconds: 500,
  gatherMilliseconds: 1_000,
};
