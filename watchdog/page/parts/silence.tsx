/** Silences an alert, its rule or its orchestrator, and ends the silence. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Alert } from "../../api.ts";
import { useNow } from "../state/clock.ts";
import { refetchAll } from "../state/live.ts";
import { type RequestError, rememberToken, silence, unsilence } from "../state/request.ts";
import { isSilenced, SCOPES, type Scope, SILENCES, scopeInWords, scopeOf } from "../words/alerts.ts";
import { formatDuration, formatTime } from "../words/format.ts";
import { Icon } from "./icon.tsx";

/** The alert whose button was pressed last. It may move to another list, such as the silenced alerts. */
let pressed: string | undefined;

export function SilenceControl({ alert }: { alert: Alert }) {
  const now = useNow();
  const [seconds, setSeconds] = useState<number>(SILENCES[1].seconds);
  const [scope, setScope] = useState<Scope>("alert");
  const [comment, setComment] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<RequestError>();
  const current = isSilenced(alert, now) ? alert.silence : undefined;
  const silenced = current !== undefined;
  const button = useRef<HTMLButtonElement>(null);

  // The pressed button is gone, so the focus moves to the one in its place.
  useEffect(() => {
    if (pressed !== alert.fingerprint) return;
    pressed = undefined;
    button.current?.focus();
  }, [silenced]);

  const act = async () => {
    if (busy) return;
    setBusy(true);
    pressed = alert.fingerprint;
    const { error: failure } = current
      ? await unsilence(current.id)
      : await silence({ ...scopeOf(alert, scope), seconds, comment: comment.trim() });
    if (failure) pressed = undefined;
    setError(failure);
    setBusy(false);
    refetchAll();
  };

  return (
    <div class="silence">
      {current ? (
        <span>
          <Icon name="bell-off" /> <span>Silenced until {formatTime(current.until, now)}</span>
          <span class="muted" aria-hidden="true">
            , {formatDuration((current.until - now) / 1_000)} left
          </span>
          {current.fingerprint === undefined && (
            <span class="muted">, {scopeInWords(alert, current.rule === undefined ? "target" : "rule")}</span>
          )}
          {current.comment !== "" && <q class="silence-comment">{current.comment}</q>}
        </span>
      ) : (
        <>
          <select
            aria-label="Silence for"
            value={seconds}
            onChange={(event) => setSeconds(Number(event.currentTarget.value))}
          >
            {SILENCES.map(({ seconds: value, word }) => (
              <option key={value} value={value}>
                {word}
              </option>
            ))}
          </select>
          <details>
            <summary>Scope and comment</summary>
            <select
              aria-label="What to silence"
              value={scope}
              onChange={(event) => setScope(event.currentTarget.value as Scope)}
            >
              {SCOPES.map((each) => (
                <option key={each} value={each}>
                  {scopeInWords(alert, each)}
                </option>
              ))}
            </select>
            <input
              type="text"
              aria-label="Comment on the silence"
              placeholder="Comment"
              maxLength={500}
              value={comment}
              onInput={(event) => setComment(event.currentTarget.value)}
            />
          </details>
        </>
      )}
      {error?.code === "unauthenticated" && (
        <input
          type="password"
          aria-label="Token for silencing"
          placeholder="Token"
          autocomplete="off"
          onInput={(event) => rememberToken(event.currentTarget.value)}
        />
      )}
      <button
        key={String(silenced)}
        ref={button}
        type="button"
        aria-disabled={busy}
        onClick={() => void act()}
      >
        {silenced ? (
          "Unsilence"
        ) : (
          <>
            <Icon name="bell-off" /> Silence
          </>
        )}
        <span class="only-heard">: {alert.summary}</span>
      </button>
      <span role="alert" class="fault">
        {error && `Failed: ${error.message}`}
      </span>
    </div>
  );
}
