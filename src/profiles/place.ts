/** Where in a profile's file something stands, for whoever has to fix it. */
import type { ProfileSection } from "./profile.ts";

/**
 * The line, from 1, that gives a column this name, or else the only one that has the word at all; where neither is
 * there, the one at which the section begins.
 */
export function lineOf({ sql, line }: ProfileSection, word: string): number {
  const lines = sql.split("\n").map((text): readonly string[] => text.match(/[\w$]+|[^\s\w$]/g) ?? []);
  const named = lines.findIndex((words) =>
    words.some((found, at) => found === word && namedBy(words, at).toLowerCase() === "as"),
  );
  if (named >= 0) return line + 1 + named;
  const having = [...lines.keys()].filter((index) => lines[index]?.includes(word));
  return having.length === 1 ? line + 1 + (having[0] as number) : line;
}

function namedBy(words: readonly string[], at: number): string {
  return (words[at - 1] === '"' ? words[at - 2] : words[at - 1]) ?? "";
}
