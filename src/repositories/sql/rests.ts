/**
 * Leaves a section alone after its SELECT had to be stopped, so that it gets a twentieth of the time at most, and less
 * each time that it happens again.
 */
import type { SectionName } from "../../profiles/contract.ts";
import type { Fault } from "../fault.ts";

const SHARE = 0.05;
const LONGEST_MILLISECONDS = 3_600_000;

/** Sections that are left alone now, and what they are told with. */
export type Resting = { readonly [Name in SectionName]?: Fault };

export class Rests {
  readonly #now: () => number;
  #revision = 0;
  readonly #rests = new Map<SectionName, { until: number; milliseconds: number; fault: Fault }>();

  /** Monotonic milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** `tookMs` is what the attempt took. */
  stopped(section: SectionName, tookMs: number, fault: Fault): void {
    const last = this.#rests.get(section);
    const isAgain = last !== undefined && this.#now() < last.until + last.milliseconds;
    const milliseconds = Math.min(LONGEST_MILLISECONDS, isAgain ? last.milliseconds * 2 : tookMs / SHARE);
    this.#revision += 1;
    this.#rests.set(section, { until: this.#now() + milliseconds, milliseconds, fault });
  }

  /** Rises with each stop. */
  get revision(): number {
    return this.#revision;
  }

  current(): Resting {
    const resting = [...this.#rests].filter(([, { until }]) => this.#now() < until);
    return Object.fromEntries(resting.map(([section, { fault }]) => [section, fault]));
  }
}
