/** How often the watchdog does what it does on its own: an argument of its start, so that a test need not wait. */

export interface Pace {
  /** Between two looks at pending alerts, changed files and the recording. */
  readonly tickMilliseconds: number;
  /** Points of the history are written at most so late. */
  readonly flushMilliseconds: number;
  /** Receivers that forget hear so often what still fires. */
  readonly repeatMilliseconds: number;
  /** Between two heartbeats. */
  readonly heartbeatMilliseconds: number;
  /** The first pause after a receiver could not be reached; each further one is twice as long. */
  readonly retryMilliseconds: number;
  /** Changes are gathered for so long before open pages hear of them. */
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
