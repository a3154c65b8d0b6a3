/** Silences an alert, its rule or its orchestrator, and ends the silence. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Alert, Silence } from "../../api.ts";
import { useNow } from "../state/clock.ts";
import { type RequestError, rememberToken, silence, unsilence } from "../state/request.ts";
import { isSilenced, SCOPES, type Scope, SILENCES, scopeInWords, scopeOf } from "../words/alerts.ts";
import { formatDuration, formatTime } from "../words/format.ts";
import { Icon } from "./icon.tsx";

/** The alert whose button was pressed last. It may move to another list, such as the silenced alerts. */
let pressed: string | undefined;

export function SilenceControl({ alert, changed }: { alert: Alert; changed: () => void }) {
  const now = useNow();
  const [seconds, setSeconds] = useState<number>(SILENCES[1].seconds);
  const [scope, setScope] = useState<Scope>("alert");
  const [comment, setComment] = useState("");
  const [needsToken, setNeedsToken] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const silenced = isSilenced(alert, now);
  const button = useRef<HTMLButtonElement>(null);

  // The pressed button is gone, so the focus moves to the one in its place.
  useEffect(() => {
    if (pressed !== alert.fingerprint) return;
    pressed = undefined;
    button.current?.focus();
  }, [silenced]);

  const act = async (ask: () => Promise<Silence>) => {
    if (busy) return;
    setBusy(true);
    pressed = alert.fingerprint;
    const error = await ask().then(
      () => undefined,
      (rejected: RequestError) => rejected,
    );
    if (error) pressed = undefined;
    setNeedsToken(error?.code === "unauthenticated");
    setFailure(error?.message);
    setBusy(false);
    changed();
  };

  const { silence: current } = alert;
  const ask =
    silenced && current
      ? () => unsilence(current.id)
      : () => silence({ ...scopeOf(alert, scope), seconds, comment: comment.trim() });
  return (
    <div class="silence">
      {silenced && current ? (
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
          <label>
            <span class="only-heard">Silence for</span>
            <select value={seconds} onChange={(event) => setSeconds(Number(event.currentTarget.value))}>
              {SILENCES.map(({ seconds: value, word }) => (
                <option key={value} value={value}>
                  {word}
                </option>
              ))}
            </select>
          </label>
          <details>
            <summary>Scope and comment</summary>
            <label>
              <span class="only-heard">What to silence</span>
              <select value={scope} onChange={(event) => setScope(event.currentTarget.value as Scope)}>
                {SCOPES.map((each) => (
                  <option key={each} value={each}>
                    {scopeInWords(alert, each)}
                  </option>
                ))}
              </select>
            </label>
            <label>
              <span class="only-heard">Comment on the silence</span>
              <input
                type="text"
                placeholder="Comment"
                maxLength={500}
                value={comment}
                onInput={(event) => setComment(event.currentTarget.value)}
              />
            </label>
          </details>
        </>
      )}
      {needsToken && (
        <label>
          <span class="only-heard">Token for silencing</span>
          <input
            type="password"
            placeholder="Token"
            autocomplete="off"
            onInput={(event) => rememberToken(event.currentTarget.value)}
          />
        </label>
      )}
      <button
        key={String(silenced)}
        ref={button}
        type="button"
        aria-disabled={busy}
        onClick={() => void act(ask)}
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
        {failure && `Failed: ${failure}`}
      </span>
    </div>
  );
}
