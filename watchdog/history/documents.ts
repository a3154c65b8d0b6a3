/**
 * State that must outlive the process, as JSON by kind and key. Memory comes first: it answers while the disk is full,
 * and what could not be written stays marked until it can.
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
  /** What was changed since the last `written`. */
  readonly changes: readonly Change[];
  /** These are on disk. */
  written(changes: readonly Change[]): void;
}

export function createDocuments(stored: Iterable<Change> = []): DocumentStore {
  const kinds = new Map<string, Map<string, string>>();
  const dirty = new Map<string, Change>();
  const of = (kind: string) => {
    const found = kinds.get(kind);
    if (found) return found;
    const made = new Map<string, string>();
    kinds.set(kind, made);
    return made;
  };
  for (const { kind, key, text } of stored) if (text !== null) of(kind).set(key, text);
  const mark = (change: Change) => dirty.set(`${change.kind} ${change.key}`, change);
  return {
    all: <T>(kind: string) =>
      new Map([...of(kind)].map(([key, text]) => [key, JSON.parse(text) as T] as const)),
    get<T>(kind: string, key: string) {
      const text = of(kind).get(key);
      return text === undefined ? undefined : (JSON.parse(text) as T);
    },
    put(kind, key, value) {
      const text = JSON.stringify(value);
      if (of(kind).get(key) === text) return;
      of(kind).set(key, text);
      mark({ kind, key, text });
    },
    remove(kind, key) {
      if (of(kind).delete(key)) mark({ kind, key, text: null });
    },
    get changes() {
      return [...dirty.values()];
    },
    written(changes) {
      for (const change of changes) {
        const id = `${change.kind} ${change.key}`;
        if (dirty.get(id) === change) dirty.delete(id);
      }
    },
  };
}
