/**
 * State that must survive a restart, as JSON by kind and key. Changes wait in memory until they are on disk, since the disk may
 * be full. Everything else is read from disk.
 */

export type Documents = ReturnType<typeof createDocuments>;

export interface Change {
  readonly kind: string;
  readonly key: string;
  /** Null: removed. */
  readonly text: string | null;
}

/** `stored`: returns the documents of a kind on disk, or one of them. */
export function createDocuments(stored: (kind: string, key?: string) => readonly Change[] = () => []) {
  const waiting = new Map<string, Change>();
  const idOf = (kind: string, key: string) => `${kind} ${key}`;
  const change = (each: Change) => void waiting.set(idOf(each.kind, each.key), each);
  return {
    all<T>(kind: string): ReadonlyMap<string, T> {
      const ofKind = [...stored(kind), ...waiting.values()].filter((each) => each.kind === kind);
      const texts = new Map(ofKind.map(({ key, text }) => [key, text]));
      return new Map(
        [...texts].flatMap(([key, text]) => (text === null ? [] : [[key, JSON.parse(text) as T]])),
      );
    },
    get<T>(kind: string, key: string): T | undefined {
      const [last] = [waiting.get(idOf(kind, key)) ?? stored(kind, key)].flat();
      return last?.text ? (JSON.parse(last.text) as T) : undefined;
    },
    put: (kind: string, key: string, value: unknown) => change({ kind, key, text: JSON.stringify(value) }),
    remove: (kind: string, key: string) => change({ kind, key, text: null }),
    /** Changes that are not on disk yet. */
    get changes(): readonly Change[] {
      return [...waiting.values()];
    },
    /** Reports that all changes are on disk. */
    written: () => waiting.clear(),
  };
}
