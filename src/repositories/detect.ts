/**
 * Finds the profile all of whose SELECTs the database accepts. It never guesses: if none or several fit, each part fails
 * with a message that says so. docs/adr/0024.
 */
import type { Profile, ProfileSection } from "../profiles/profile.ts";
import {
  type Fit,
  type FittingRepository,
  failedSnapshot,
  type PartName,
  type Snapshot,
} from "./repository.ts";
import { failed, ok, type Reading } from "./source-failure.ts";

/** This profile may fit in part, since its sections fail one by one. No other system's database accepts half of it. */
const READ_IN_PART = "reference";

/** How often to check again, since tables are created and altered. A check takes a few milliseconds. */
const ASK_AGAIN_MILLISECONDS = 2_000;

export interface DetectionOptions {
  /** Profiles for the database's dialect, in the order in which they are tried. */
  readonly candidates: readonly Profile[];
  readonly open: (profile: Profile) => FittingRepository;
  readonly onChosen?: (profile: Profile) => void;
  readonly askAgainMilliseconds?: number;
}

export interface DetectingRepository extends FittingRepository {
  /** Undefined until one is found. */
  readonly profile: Profile | undefined;
}

export function detectingRepository(options: DetectionOptions): DetectingRepository {
  const { candidates, open, onChosen = () => {}, askAgainMilliseconds = ASK_AGAIN_MILLISECONDS } = options;
  let opened = candidates[0] as Profile;
  let repository = open(opened);
  let profile: Profile | undefined;
  let asking: Promise<Reading<Profile>> | undefined;
  let answeredAt = Number.NEGATIVE_INFINITY;
  /** The parts that lacked a table or a column at the last check. */
  let knownToLack: readonly PartName[] = [];

  async function detect(): Promise<Reading<Profile>> {
    const fits = await repository.fits(candidates);
    if (!fits.ok) return fits;
    const choice = chosen(fits.value);
    answeredAt = performance.now();
    const found = choice.ok ? candidates.find(({ name }) => name === choice.value) : undefined;
    // A chosen profile is kept until another fits.
    if (!found) return profile ? ok(profile) : (choice as Reading<never>);
    if (found !== opened) {
      void repository.close();
      repository = open(found);
      opened = found;
    }
    if (found !== profile) onChosen(found);
    profile = found;
    return ok(found);
  }

  let last: Reading<Profile> | undefined;
  /** Runs one check at a time, and not again within the interval. */
  async function detected(): Promise<Reading<Profile>> {
    if (last && performance.now() < answeredAt + askAgainMilliseconds) return last;
    asking ??= detect().finally(() => {
      asking = undefined;
    });
    last = await asking;
    return last;
  }

  return {
    get profile() {
      return profile;
    },
    async read(parts): Promise<Snapshot> {
      if (!profile) {
        const found = await detected();
        if (!found.ok) return failedSnapshot(parts, found.failure);
      }
      const snapshot = await repository.read(parts);
      const lacking = lackingIn(snapshot, parts);
      if (lacking.every((part) => knownToLack.includes(part))) return snapshot;
      const before = profile;
      await detected();
      if (profile !== before) return repository.read(parts);
      knownToLack = lacking;
      return snapshot;
    },
    examine: async (countsVisits) => (profile ? ((await repository.examine?.(countsVisits)) ?? []) : []),
    warnings: async () => (await repository.warnings?.()) ?? [],
    fits: (profiles) => repository.fits(profiles),
    close: () => repository.close(),
  };
}

/** Returns the parts that lack a table or a column, since the schema may have changed. */
function lackingIn({ parts }: Snapshot, names: readonly PartName[]): readonly PartName[] {
  return names.filter((name) => {
    const reading = parts[name];
    return reading?.ok === false && reading.failure.code === "failed_precondition";
  });
}

export function isWhole({ accepted, selects }: Fit): boolean {
  return accepted === selects;
}

/** Returns the name of the profile that fits, or the reason why there is none. */
export function chosen(fits: readonly Fit[]): Reading<string> {
  const whole = fits.filter(isWhole);
  const [only, another] = whole;
  if (only && !another) return ok(only.profile);
  if (only)
    return failed(
      "failed_precondition",
      `the database fits several profiles: ${whole.map(inWords).join(", ")}: choose one with --profile`,
    );
  const inPart = fits.find(({ profile }) => profile === READ_IN_PART);
  if (inPart && inPart.accepted * 2 >= inPart.selects) return ok(inPart.profile);
  const [nearest] = fits.toSorted((a, b) => b.accepted / b.selects - a.accepted / a.selects);
  const found =
    nearest && nearest.accepted > 0
      ? `the nearest is ${inWords(nearest)}`
      : "it accepts none of their SELECTs";
  return failed(
    "failed_precondition",
    `the database fits no shipped profile: ${found}; draft one with \`orch-metrics init\`, or set --profile`,
  );
}

/** Resolves with the name of the only profile that fits the database, if the given one does not. */
export async function fitsInstead(
  repository: FittingRepository,
  profile: Profile,
  others: readonly Profile[],
): Promise<string | undefined> {
  const fits = await repository.fits([profile, ...others.filter(({ name }) => name !== profile.name)]);
  if (!fits.ok) return undefined;
  const [own, ...rest] = fits.value;
  const instead = own && !isWhole(own) ? chosen(rest) : undefined;
  return instead?.ok ? instead.value : undefined;
}

/** Returns the SELECTs that identify the system. `epoch` may read tables that SQLite itself keeps in any database. */
export function telling({ sections }: Profile): readonly ProfileSection[] {
  return Object.entries(sections).flatMap(([name, section]) => (name === "epoch" ? [] : [section]));
}

function inWords(fit: Fit): string {
  const { profile, accepted, selects } = fit;
  return `${profile} (${isWhole(fit) ? "all" : `${accepted} of ${selects}`} SELECTs)`;
}
