/**
 * State that must survive a restart, as JSON by kind and key. Changes wait in memory until they are on disk, since the disk may
 * be full. Everything else is read from disk.
 */

export interface Documents {
  all<T>(kind: string): ReadonlyMap<string, T>;
  get<T>(kind: string, key: string): T | undefined;
  put(kind: string, key: string, value: unknown): void;
  remove(kind: string, key: string): void;
}

export interface Change {
  readonly kind: string;
  readonly key: string;
  /** Null: removed. */
  readonly text: string | null;
}

export interface DocumentStore extends Documents {
  /** Changes since the last call of `written`. */
  readonly changes: readonly Change[];
  /** Reports that these changes are on disk. */
  written(changes: readonly Change[]): void;
}

/** Returns the documents of a kind, or one of them. */
export type StoredDocuments = (kind: string, key?: string) => readonly Change[];

export function createDocuments(stored: StoredDocuments = () => []): DocumentStore {
  const waiting = new Map<string, Change>();
  const idOf = ({ kind, key }: Pick<Change, "kind" | "key">) => `${kind} ${key}`;
  const change = (each: Change) => void waiting.set(idOf(each), each);
  return {
    all<T>(kind: string) {
      const ofKind = [...stored(kind), ...waiting.values()].filter((each) => each.kind === kind);
      const texts = new Map(ofKind.map(({ key, text }) => [key, text]));
      return new Map(
        [...texts].flatMap(([key, text]) => (text === null ? [] : [[key, JSON.parse(text) as T]])),
      );
    },
    get<T>(kind: string, key: string) {
      const [last] = [waiting.get(idOf({ kind, key })) ?? stored(kind, key)].flat();
      return last?.text ? (JSON.parse(last.text) as T) : undefined;
    },
    put: (kind, key, value) => change({ kind, key, text: JSON.stringify(value) }),
    remove: (kind, key) => change({ kind, key, text: null }),
    get changes() {
      return [...waiting.values()];
    },
    written(changes) {
      for (const each of changes) {
        if (waiting.get(idOf(each)) === each) waiting.delete(idOf(each));
      }
    },
  };
}
