/** Which connection gives way to a new one when there are as many as may be. */
import type { Connection } from "./connection.ts";

/** Who connected, asked or was answered so short a time ago is not silent yet. */
const FRESH_MILLISECONDS = 1_000;

/**
 * The one that is missed least: one that never asked, then one that asks nothing now, then one whose request lasts, then
 * one that just came or just asked, then one with a call that streams; among equals the longest so.
 */
export function leastMissed(connections: Iterable<Connection>, now: number): Connection | undefined {
  let found: Connection | undefined;
  let foundRank = Number.POSITIVE_INFINITY;
  let foundSince = Number.POSITIVE_INFINITY;
  for (const connection of connections) {
    const since = sinceWhen(connection);
    const rank = rankOf(connection, now - since);
    if (rank > foundRank || (rank === foundRank && since >= foundSince)) continue;
    found = connection;
    foundRank = rank;
    foundSince = since;
  }
  return found;
}

function sinceWhen({ exchanges, idleSince }: Connection): number {
  return exchanges[0]?.began ?? idleSince;
}

function rankOf({ exchanges, hasAsked }: Connection, milliseconds: number): number {
  if (exchanges.some(({ isOpenCall }) => isOpenCall)) return 4;
  if (milliseconds < FRESH_MILLISECONDS) return 3;
  if (exchanges.length > 0) return 2;
  return hasAsked ? 1 : 0;
}
