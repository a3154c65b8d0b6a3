/** A misspelt query parameter must not silently mean "everything": what is not known is refused, by name. */
import { Code } from "@connectrpc/connect";
import { type Answer, errorAnswer } from "./answer.ts";

/** The refusal, or undefined where all that is given is known. */
export function unknownParameters(given: URLSearchParams, known: readonly string[]): Answer | undefined {
  const unknown = [...new Set(given.keys())].filter((name) => !known.includes(name));
  if (unknown.length === 0) return undefined;
  const named = unknown.slice(0, 5).map((name) => JSON.stringify(name.slice(0, 40)));
  const subject = unknown.length === 1 ? "the query parameter" : "the query parameters";
  const verb = unknown.length === 1 ? "is" : "are";
  const message = `${subject} ${named.join(", ")} ${verb} not known: it takes ${known.join(", ")}`;
  return errorAnswer(Code.InvalidArgument, message);
}
