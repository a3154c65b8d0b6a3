/**
 * Combines several databases into one store. A section is read from the database that it names, or from all that no
 * section names, and then its identifiers become `name/id`. Each database is a separate snapshot. docs/adr/0026.
 */
import { createHash } from "node:crypto";
import { CONTRACT, type SectionName } from "../profiles/contract.ts";
import type { Profile } from "../profiles/profile.ts";
import { mergeParts, withPrefix } from "./merge-parts.ts";
import {
  type FittingRepository,
  failedSnapshot,
  type PartName,
  type Parts,
  type Snapshot,
} from "./repository.ts";
import { failed, ok, type Reading, type SourceFailure } from "./source-failure.ts";

export interface NamedDatabase {
  readonly name: string;
  /** A path or a URL. */
  readonly place: string;
}

export interface SeveralOptions {
  readonly profile: Profile;
  /** Called for each reading, since files that match a glob come and go. */
  readonly databases: () => readonly NamedDatabase[];
  readonly open: (place: string, profile: Profile) => FittingRepository;
  readonly maxItems: number;
}

/** Each database has its own reader process. */
const MOST = 16;

const SECTIONS_OF: Readonly<Record<PartName, readonly [SectionName, ...SectionName[]]>> = {
  stages: ["stages"],
  queue: ["jobs", "queue_counts", "queue_retries", "queue_ages", "job_history"],
  runningJobs: ["queue_running", "jobs"],
  breakers: ["breakers"],
  gates: ["gates"],
  agents: ["agents", "finished_runs", "agent_task_stages", "agent_job_statuses"],
  cost: ["cost", "run_history"],
};

interface Member {
  readonly name: string;
  readonly profile: Profile;
  readonly repository: FittingRepository;
  /** The epoch of the last reading that had one. */
  epoch: string;
}

export function severalRepository({ profile, databases, open, maxItems }: SeveralOptions): FittingRepository {
  const members = new Map<string, Member>();
  const named = new Set(Object.values(profile.sections).flatMap(({ database }) => database ?? []));

  /** Returns the sections of the profile that are read from a database. */
  function share(name: string): Profile {
    const own = Object.entries(profile.sections).filter(([, { database }]) =>
      database === undefined ? !named.has(name) : database === name,
    );
    return { ...profile, sections: Object.fromEntries(own) };
  }

  /**
   * Opens new databases and closes removed ones. Fails if there are too many, since a total without some of them
   * would be wrong.
   */
  function current(): Reading<readonly Member[]> {
    const found = databases();
    if (found.length === 0)
      return failed("unavailable", "no file matches --database yet; it is read once it appears");
    if (found.length > MOST)
      return failed(
        "failed_precondition",
        `--database matches ${found.length} databases, but the limit is ${MOST}: use a narrower pattern or fewer flags`,
      );
    const wanted = new Map(found.map((database) => [`${database.name} ${database.place}`, database]));
    for (const [key, { repository }] of members) {
      if (wanted.has(key)) continue;
      members.delete(key);
      void repository.close();
    }
    for (const [key, { name, place }] of wanted) {
      if (members.has(key)) continue;
      const own = share(name);
      members.set(key, { name, profile: own, repository: open(place, own), epoch: "" });
    }
    return ok([...members.values()]);
  }

  const gives = (member: Member, part: PartName) =>
    SECTIONS_OF[part].some((section) => member.profile.sections[section]);

  function reading<Name extends PartName>(
    part: Name,
    read: readonly (readonly [Member, Snapshot])[],
  ): Reading<Parts[Name]> {
    const missing = SECTIONS_OF[part].flatMap((section) => profile.sections[section]?.database ?? []);
    const absent = missing.find((name) => !read.some(([member]) => member.name === name));
    if (absent !== undefined)
      return failed("failed_precondition", `no database is named ${absent}: add --database ${absent}=PATH`);
    const giving = read.filter(([member]) => gives(member, part));
    if (giving.length === 0)
      return failed("unimplemented", `the profile maps no ${CONTRACT[SECTIONS_OF[part][0]].noun}`);
    const values: Parts[Name][] = [];
    for (const [{ name }, { parts }] of giving) {
      const one = parts[part] as Reading<Parts[Name]> | undefined;
      if (!one) continue;
      if (!one.ok) return { ok: false, failure: naming(name, one.failure) };
      values.push(giving.length > 1 ? withPrefix(part, one.value, name) : one.value);
    }
    return ok(values.length === 1 ? (values[0] as Parts[Name]) : mergeParts(part, values, maxItems));
  }

  async function all<T>(
    work: (repository: FittingRepository, name: string) => Promise<readonly T[] | undefined>,
  ): Promise<readonly T[]> {
    const found = current();
    const lists = (found.ok ? found.value : []).map(({ repository, name }) => work(repository, name));
    return (await Promise.all(lists)).flatMap((list) => list ?? []);
  }

  return {
    async read(parts): Promise<Snapshot> {
      const found = current();
      if (!found.ok) return failedSnapshot(parts, found.failure);
      const read = await Promise.all(
        found.value.map(async (member) => {
          const own = parts.filter((part) => gives(member, part));
          const snapshot = await member.repository.read(own);
          member.epoch = snapshot.sourceEpoch || member.epoch;
          return [member, snapshot] as const;
        }),
      );
      const epochs = read.map(([{ name, epoch }]) => `${name} ${epoch}`).toSorted();
      const isRead = read.some(([{ epoch }]) => epoch !== "");
      return {
        sourceEpoch: isRead ? createHash("sha256").update(epochs.join("\n")).digest("hex").slice(0, 16) : "",
        parts: Object.fromEntries(parts.map((part) => [part, reading(part, read)])),
      };
    },
    examine: (countsVisits) =>
      all(async (repository, name) => {
        const examinations = await repository.examine?.(countsVisits);
        return examinations?.map((one) => ({ ...one, section: `${one.section} of ${name}` }));
      }),
    warnings: () => all(async (repository) => repository.warnings?.()),
    async fits(profiles) {
      const found = current();
      if (!found.ok) return found;
      const readings = await Promise.all(found.value.map(({ repository }) => repository.fits(profiles)));
      for (const [index, { name }] of found.value.entries()) {
        const one = readings[index];
        if (one?.ok === false) return { ok: false, failure: naming(name, one.failure) };
      }
      // A profile fits several databases only if it fits each of them.
      const byProfile = Map.groupBy(
        readings.flatMap((one) => (one.ok ? one.value : [])),
        ({ profile }) => profile,
      );
      return ok(
        [...byProfile.values()].map((fits) => fits.reduce((a, b) => (b.accepted < a.accepted ? b : a))),
      );
    },
    async close() {
      await Promise.all([...members.values()].map(({ repository }) => repository.close()));
      members.clear();
    },
  };
}

/** Adds the name of the database to the message. */
function naming(name: string, failure: SourceFailure): SourceFailure {
  return { ...failure, message: `${name}: ${failure.message}` };
}
