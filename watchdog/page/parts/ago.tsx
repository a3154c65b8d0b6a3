/** Shows how long ago something was. Screen readers do not announce values that change each second. */
import { formatDuration, formatTime } from "../../words/format.ts";
import { useNow } from "../state/clock.ts";

export function Ago({ time }: { time: number }) {
  const now = useNow();
  return <time dateTime={new Date(time).toISOString()}>{formatDuration((now - time) / 1_000)} ago</time>;
}

export function TimeAndAgo({ time }: { time: number }) {
  const now = useNow();
  return (
    <>
      {formatTime(time, now)}
      <span aria-hidden="true">, {formatDuration((now - time) / 1_000)} ago</span>
    </>
  );
}
