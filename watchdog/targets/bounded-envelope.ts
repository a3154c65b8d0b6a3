/**
 * Limits what is kept of an envelope, so that one target cannot cost more than another. The service itself sends at most
 * 1,000 items of a list, unless its operator allows more.
 */
import type { GetMetricsResponse } from "../../client/index.ts";
import { shortened } from "../words/text.ts";

/** A larger answer is refused. An answer of 1,000 agents takes 300 kB. */
export const MOST_ANSWER_BYTES = 8 * 1024 * 1024;
const MOST_ITEMS = 1_000;
const MOST_FINISHED = 100;
const MOST_CHARACTERS = 500;

/** Truncates lists, maps and texts in place, and counts the removed items as omitted. */
export function boundEnvelope(envelope: GetMetricsResponse): GetMetricsResponse {
  const { agents, stages } = envelope;
  if (agents) agents.runningOmitted += Math.max(0, agents.running.length - MOST_ITEMS);
  agents?.finished.splice(MOST_FINISHED);
  if (stages) stages.tasksOmitted += Math.max(0, stages.tasks.length - MOST_ITEMS);
  return bound(envelope) as GetMetricsResponse;
}

function bound(value: unknown): unknown {
  if (typeof value === "string") return cutText(value);
  if (Array.isArray(value)) {
    value.length = Math.min(value.length, MOST_ITEMS);
    for (const [index, item] of value.entries()) value[index] = bound(item);
    return value;
  }
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if ("$typeName" in value) {
    const message = value as unknown as Record<string, unknown>;
    for (const name in message) {
      const field = message[name];
      const cut = bound(field);
      // Nearly all texts are short enough.
      if (cut !== field) message[name] = cut;
    }
    return value;
  }
  const entries = Object.entries(value).slice(0, MOST_ITEMS);
  return Object.fromEntries(entries.map(([key, field]) => [cutText(key), bound(field)]));
}

const cutText = (text: string) => shortened(text, MOST_CHARACTERS);
