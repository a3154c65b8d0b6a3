/** The latest answer of one path of the server, kept up to date. After an error the last answer stays. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { defined } from "../../defined.ts";
import { serverNow } from "./clock.ts";
import { onChanged } from "./live.ts";
import { type RequestError, request } from "./request.ts";

export interface Resource<T> {
  readonly data?: T;
  /** When `data` was received, by the server's clock. */
  readonly fetchedAt?: number;
  /** Why the latest attempt failed; absent after a success. */
  readonly error?: RequestError;
  readonly refetch: () => void;
}

interface Wanted {
  /** Another key is another resource: data of the old one is not shown for it. */
  readonly key: string;
  readonly path: () => string;
  /** The target that it depends on; absent: it depends on all. */
  readonly target?: string;
  /** The minimum time between two requests, in milliseconds. */
  readonly gap: number;
}

interface Held<T> {
  readonly key: string;
  readonly data?: T;
  readonly fetchedAt?: number;
  readonly error?: RequestError;
}

/** Without events, poll after this time: a stream can break unnoticed. */
const QUIET_MILLISECONDS = 5_000;

export function useResource<T>(wanted: Wanted): Resource<T> {
  const [held, setHeld] = useState<Held<T>>({ key: wanted.key });
  const latest = useRef(wanted);
  latest.current = wanted;
  const refetch = useRef(() => {});

  useEffect(() => {
    let closed = false;
    let busy = false;
    let again = false;
    let startedAt = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;

    const load = async () => {
      busy = true;
      again = false;
      startedAt = Date.now();
      const { key, path, gap } = latest.current;
      const outcome = await request<T>(path()).then(
        (data) => ({ data, fetchedAt: serverNow() }),
        (error: RequestError) => ({ error }),
      );
      if (closed) return;
      setHeld((before) => ({ ...("error" in outcome && before.key === key ? before : {}), key, ...outcome }));
      busy = false;
      schedule(again ? gap : Math.max(gap, QUIET_MILLISECONDS));
    };
    const schedule = (wait: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => void load(), Math.max(0, startedAt + wait - Date.now()));
    };
    const soon = () => {
      if (busy) again = true;
      else schedule(latest.current.gap);
    };

    refetch.current = () => (busy ? undefined : schedule(0));
    const stop = onChanged((targets) => {
      const { target } = latest.current;
      if (targets === undefined || target === undefined || targets.includes(target)) soon();
    });
    void load();
    return () => {
      closed = true;
      clearTimeout(timer);
      stop();
    };
  }, [wanted.key]);

  const stable = useCallback(() => refetch.current(), []);
  const { data, fetchedAt, error } = held.key === wanted.key ? held : ({} as Partial<Held<T>>);
  return defined({ refetch: stable, data, fetchedAt, error });
}
