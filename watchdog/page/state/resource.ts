/** The latest answer of one path of the server, kept up to date. After an error the last answer stays. */
import { useEffect, useState } from "preact/hooks";
import { serverNow } from "./clock.ts";
import { onChanged } from "./live.ts";
import { type RequestError, request } from "./request.ts";

export interface Resource<T> {
  readonly data?: T;
  /** When `data` was received, by the server's clock. */
  readonly fetchedAt?: number;
  /** Why the latest attempt failed; absent after a success. */
  readonly error?: RequestError;
}

interface Options {
  /** Absent: the key is the path. */
  readonly path?: () => string;
  /** The target that it depends on; absent: it depends on all. */
  readonly target?: string;
  /** The minimum time between two requests, in milliseconds. */
  readonly gap?: number;
}

interface Held<T> extends Resource<T> {
  readonly key: string;
}

/** Without events, poll after this time: a stream can break unnoticed. */
const QUIET_MILLISECONDS = 5_000;

/** Another `key` is another resource: data of the old one is not shown for it. */
export function useResource<T>(key: string, options: Options = {}): Resource<T> {
  const { path = () => key, target, gap = 1_000 } = options;
  const [held, setHeld] = useState<Held<T>>({ key });
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
      const outcome = await request<T>(path());
      if (closed) return;
      if (outcome.error) setHeld((before) => ({ ...(before.key === key && before), key, ...outcome }));
      else setHeld({ key, ...outcome, fetchedAt: serverNow() });
      busy = false;
      schedule(again ? gap : Math.max(gap, QUIET_MILLISECONDS));
    };
    const schedule = (wait: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => void load(), Math.max(0, startedAt + wait - Date.now()));
    };
    const stop = onChanged((targets) => {
      if (targets && target !== undefined && !targets.includes(target)) return;
      if (busy) again = true;
      else schedule(targets ? gap : 0);
    });
    void load();
    return () => {
      closed = true;
      clearTimeout(timer);
      stop();
    };
  }, [key]);
  return held.key === key ? held : {};
}
