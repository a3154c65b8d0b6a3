/** Keys of the thresholds file of the last release. They are accepted for one release without effect, with a warning. */

/** Keys of the section `judgement`. */
export const RETIRED_KEYS = ["fruitless_seconds", "quiet_switches_per_minute"];

const INSTEAD = "lock_seconds, repeat_seconds, peer_seconds, child_seconds and person_seconds";

interface Part {
  readonly judgement?: unknown;
  readonly targets?: Readonly<Record<string, Part | null>> | null;
}

/** Returns a line for each retired key in an accepted file: `judgement.fruitless_seconds no longer has an effect: …`. */
export function retiredKeyWarnings({ judgement, targets }: Part, prefix = ""): readonly string[] {
  const own = Object.keys(judgement ?? {})
    .filter((key) => RETIRED_KEYS.includes(key))
    .map(
      (key) =>
        `${prefix}judgement.${key} no longer has an effect: remove it; the time limits are now ${INSTEAD}`,
    );
  const ofTargets = Object.entries(targets ?? {}).flatMap(([name, part]) =>
    retiredKeyWarnings(part ?? {}, `targets.${name}.`),
  );
  return [...own, ...ofTargets];
}
