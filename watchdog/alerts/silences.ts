/** The silences: of one alert, a target, a rule, or a rule at one target, each with an end. Stored in the documents. */
import type { Alert, Silence } from "../api.ts";
import type { Documents } from "../history/documents.ts";

const KIND = "silence";

export type Silences = ReturnType<typeof openSilences>;

export function openSilences(documents: Documents) {
  const silences = new Map(documents.all<Silence>(KIND));

  /** Returns undefined if there is none. */
  function remove(id: string): Silence | undefined {
    const silence = silences.get(id);
    silences.delete(id);
    documents.remove(KIND, id);
    return silence;
  }

  return {
    get all(): readonly Silence[] {
      return [...silences.values()];
    },
    /** Returns the silence of an alert that ends last, or undefined. */
    of: (alert: Alert, now: number): Silence | undefined =>
      [...silences.values()]
        .filter((silence) => silence.until > now && matches(silence, alert))
        .sort((one, other) => other.until - one.until)[0],
    /** Replaces a silence with the same id. */
    put(silence: Silence): void {
      silences.set(silence.id, silence);
      documents.put(KIND, silence.id, silence);
    },
    remove,
    /** Removes silences that have ended. */
    prune(now: number): void {
      for (const { id, until } of silences.values()) if (until <= now) remove(id);
    },
  };
}

function matches({ fingerprint, rule, target }: Silence, alert: Alert): boolean {
  return (
    (fingerprint ?? alert.fingerprint) === alert.fingerprint &&
    (rule ?? alert.rule) === alert.rule &&
    (target ?? alert.target) === alert.target
  );
}
