/** Silences an alert, its rule or its orchestrator, and ends the silence. */
import type { TargetedSubmitEvent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Alert } from "../../api.ts";
import { formatSpan, formatTime } from "../../words/format.ts";
import { isSilenced } from "../../words/states.ts";
import { useNow } from "../state/clock.ts";
import { refetchAll } from "../state/live.ts";
import { type RequestError, rememberToken, silence, unsilence } from "../state/request.ts";
import { Icon } from "./icon.tsx";

/** In seconds. */
const PERIODS = { "15 minutes": 900, "1 hour": 3_600, "4 hours": 14_400, "1 day": 86_400, "7 days": 604_800 };

const scopesOf = ({ fingerprint, rule, target }: Alert) => [
  { words: "this alert", fields: { fingerprint } },
  { words: `every ${rule}`, fields: { rule } },
  { words: `all of ${target}`, fields: { target } },
];

/** The alert whose button was pressed last. It may move to another list, such as the silenced alerts. */
let pressed: string | undefined;

export function SilenceControl({ alert }: { alert: Alert }) {
  const now = useNow();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<RequestError>();
  const current = isSilenced(alert, now) ? alert.silence : undefined;
  const isOn = current !== undefined;
  const scopes = scopesOf(alert);
  const button = useRef<HTMLButtonElement>(null);

  // The pressed button is gone, so the focus moves to the one in its place.
  useEffect(() => {
    if (pressed !== alert.fingerprint) return;
    pressed = undefined;
    button.current?.focus();
  }, [isOn]);

  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const chosen = new FormData(event.currentTarget);
    const text = (name: string) => String(chosen.get(name) ?? "").trim();
    setBusy(true);
    pressed = alert.fingerprint;
    if (text("token") !== "") rememberToken(text("token"));
    const { error: failure } = current
      ? await unsilence(current.id)
      : await silence({
          ...scopes[Number(text("scope"))]?.fields,
          seconds: Number(text("seconds")),
          comment: text("comment"),
        });
    if (failure) pressed = undefined;
    setError(failure);
    setBusy(false);
    refetchAll();
  };

  return (
    <form class="silence" onSubmit={(event) => void submit(event)}>
      {current ? (
        <span>
          <Icon name="bell-off" /> <span>Silenced until {formatTime(current.until, now)}</span>
          <span class="muted" aria-hidden="true">
            , {formatSpan(now, current.until)} left
          </span>
          {current.fingerprint === undefined && (
            <span class="muted">, {scopes[current.rule === undefined ? 2 : 1]?.words}</span>
          )}
          {current.comment !== "" && <q class="silence-comment">{current.comment}</q>}
        </span>
      ) : (
        <>
          <select name="seconds" aria-label="Silence for">
            {Object.entries(PERIODS).map(([word, seconds]) => (
              <option key={word} value={seconds} selected={word === "1 hour"}>
                {word}
              </option>
            ))}
          </select>
          <details>
            <summary>Scope and comment</summary>
            <select name="scope" aria-label="What to silence">
              {scopes.map(({ words }, index) => (
                <option key={words} value={index}>
                  {words}
                </option>
              ))}
            </select>
            <input
              name="comment"
              type="text"
              aria-label="Comment on the silence"
              placeholder="Comment"
              maxLength={500}
            />
          </details>
        </>
      )}
      {error?.code === "unauthenticated" && (
        <input
          name="token"
          type="password"
          aria-label="Token for silencing"
          placeholder="Token"
          autocomplete="off"
        />
      )}
      <button key={String(isOn)} ref={button} type="submit" aria-disabled={busy}>
        {isOn ? (
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
    </form>
  );
}
