/**
 * Pauses a section whose SELECT was stopped, so that it takes at most a twentieth of the time, and half as much after
 * each further stop.
 */
import type { SectionName } from "../../profiles/contract.ts";
import { namingSection, type SourceFailure } from "../source-failure.ts";

const SHARE = 0.05;
const LONGEST_MILLISECONDS = 3_600_000;

/** Sections that are paused, with the failure that each reports. */
export type BackedOff = { readonly [Name in SectionName]?: SourceFailure };

export class SectionBackoff {
  #revision = 0;
  readonly #rests = new Map<SectionName, { until: number; milliseconds: number; failure: SourceFailure }>();

  /** `tookMs` is the duration of the attempt. */
  recordTimeout(section: SectionName, tookMs: number, failure: SourceFailure): void {
    const last = this.#rests.get(section);
    const now = performance.now();
    const isAgain = last !== undefined && now < last.until + last.milliseconds;
    const milliseconds = Math.min(LONGEST_MILLISECONDS, isAgain ? last.milliseconds * 2 : tookMs / SHARE);
    this.#revision += 1;
    const until = now + milliseconds;
    this.#rests.set(section, { until, milliseconds, failure: namingSection(failure, section) });
  }

  /** Increases with each stop. */
  get revision(): number {
    return this.#revision;
  }

  active(): BackedOff {
    const resting = [...this.#rests].filter(([, { until }]) => performance.now() < until);
    return Object.fromEntries(resting.map(([section, { failure }]) => [section, failure]));
  }
}
