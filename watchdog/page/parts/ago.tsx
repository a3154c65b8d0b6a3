/** Shows how long ago something was. Screen readers do not announce values that change each second. */
import { formatSpan, formatTime } from "../../words/format.ts";
import { useNow } from "../state/clock.ts";

export function Ago({ time }: { time: number }) {
  const now = useNow();
  return <time dateTime={new Date(time).toISOString()}>{formatSpan(time, now)} ago</time>;
}

export function TimeAndAgo({ time }: { time: number }) {
  const now = useNow();
  return (
    <>
      {formatTime(time, now)}
      <span aria-hidden="true">, {formatSpan(time, now)} ago</span>
    </>
  );
}
