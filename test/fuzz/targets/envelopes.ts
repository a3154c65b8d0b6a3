/**
 * Arbitrary responses to the watchdog, in binary or as JSON: read by the client, judged, checked against the
 * rules and shown.
 */
import assert from "node:assert";
import { create, fromBinary, type MessageInitShape, toBinary, toJsonString } from "@bufbuild/protobuf";
import fc from "fast-check";
import { ConnectError, createMetricsClient, GetMetricsResponseSchema } from "../../../client/index.ts";
import { thresholdsOf } from "../../../watchdog/config/thresholds.ts";
import { VERDICTS } from "../../../watchdog/judgement/verdict.ts";
import { evaluate } from "../../../watchdog/rules/evaluate.ts";
import { fleetOf, targetOf } from "../../../watchdog/server/views.ts";
import { createTargetReader } from "../../../watchdog/targets/read-target.ts";
import { Target } from "../../../watchdog/targets/target.ts";
import { anyMessage } from "../../support/any-message.ts";
import { damaged, trapNames } from "../lines.ts";
import type { FuzzTarget, Started } from "../target.ts";

const INT32_MAX = 2 ** 31 - 1;

const messages = anyMessage(GetMetricsResponseSchema, {
  // Well-formed, since nothing else can be sent. Few names, so that the same run appears again.
  text: fc.oneof(
    fc.constantFrom("1", "running", "done", "R", "T"),
    trapNames,
    fc.string({ unit: "binary", maxLength: 8 }),
  ),
  int32: fc.oneof(fc.constantFrom(0, 1, 1, -1, INT32_MAX, -INT32_MAX - 1), fc.nat(9)),
  double: fc.oneof(
    fc.constantFrom(0, 1, -1, Number.NaN, Infinity, -Infinity, 1e308, -1e308, 5e-324),
    fc.double(),
  ),
  listLength: 3,
}).map((fields) => {
  const envelope = create(
    GetMetricsResponseSchema,
    fields as MessageInitShape<typeof GetMetricsResponseSchema>,
  );
  // For another version, nothing more is read.
  envelope.schemaVersion ||= 1;
  return envelope;
});

const bytes = (text: string) => new TextEncoder().encode(text);

const bodies = fc.oneof(
  { weight: 6, arbitrary: messages.map((message) => toBinary(GetMetricsResponseSchema, message)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(messages, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }), fc.nat(4))
      .map(([message, changes, cut]) => {
        const sent = toBinary(GetMetricsResponseSchema, message);
        for (const [at, byte] of changes) if (sent.length > 0) sent[at % sent.length] = byte;
        return cut === 0 ? sent.subarray(0, sent.length / 2) : sent;
      }),
  },
  fc.uint8Array({ maxLength: 200 }),
  damaged(messages.map((message) => toJsonString(GetMetricsResponseSchema, message))).map(bytes),
  fc.jsonValue({ maxDepth: 5 }).map((value) => bytes(JSON.stringify(value))),
);

/** A server's response: mostly valid, sometimes with another status, type or encoding. */
const answers = fc.record({
  body: bodies,
  status: fc.oneof(
    { weight: 20, arbitrary: fc.constant(200) },
    fc.constantFrom(201, 400, 401, 404, 501, 503),
  ),
  type: fc.oneof(
    { weight: 20, arbitrary: fc.constant("application/proto") },
    fc.constantFrom("application/json", "text/html", "application/connect+proto", ""),
  ),
});

type SentAnswer = typeof answers extends fc.Arbitrary<infer T> ? T : never;

const answering = ({ body, status, type }: SentAnswer) =>
  (async () =>
    new Response(body as Uint8Array<ArrayBuffer>, {
      status,
      headers: { "content-type": type },
    })) as typeof fetch;

/** Whether the answer must be readable. */
function isIntact({ body, status, type }: SentAnswer): boolean {
  if (status !== 200 || type !== "application/proto") return false;
  try {
    return fromBinary(GetMetricsResponseSchema, body).schemaVersion === 1;
  } catch {
    return false;
  }
}

const THRESHOLDS = thresholdsOf({ budget: { per_hour_usd: 1, per_day_usd: 1 } });
const READINGS = 3;

export const envelopes: FuzzTarget = {
  name: "envelopes",
  inputsPerRun: READINGS,
  start() {
    let answer: typeof fetch;
    const readTarget = createTargetReader(
      { name: "main", url: "http://127.0.0.1:1" },
      { timeoutMs: 60_000, fetch: (...request) => answer(...request) },
    );
    const read = async (sent: SentAnswer) => {
      answer = answering(sent);
      const outcome = await readTarget();
      assert(outcome !== undefined, "a watchdog that has time gave no outcome");
      assert("envelope" in outcome || !isIntact(sent), "an intact envelope was not read");
      return outcome;
    };
    const property = fc.asyncProperty(
      fc.array(fc.tuple(answers, fc.integer({ min: -5, max: 4000 })), {
        minLength: READINGS,
        maxLength: READINGS,
      }),
      async (readings) => {
        const target = new Target({ name: "main", url: "http://127.0.0.1:1" });
        let now = 1_769_860_800_000;
        for (const [sent, seconds] of readings) {
          now += seconds * 1000;
          target.record(await read(sent), now, THRESHOLDS);
          for (const { agent } of target.agents) {
            const { verdict } = agent;
            assert(VERDICTS.includes(verdict.name) && verdict.evidence !== "", verdict.name);
            assert(!/undefined|NaN|\[object/.test(verdict.evidence), verdict.evidence);
          }
          const found = [...evaluate(target, THRESHOLDS, now).values()].flatMap((each) =>
            each === "unknown" ? [] : each,
          );
          for (const { summary } of found) assert(!/undefined|\[object/.test(summary), summary);
          JSON.stringify(
            fleetOf({ targets: [target], alerts: [], recording: { on: false }, pollSeconds: 15, now }),
          );
          JSON.stringify(targetOf(target, [], THRESHOLDS, now));
          // The state kept across a restart comes from JSON.
          const { counter } = target;
          const agents = JSON.parse(JSON.stringify(target.heldAgents()));
          new Target(target.address, { counter, agents, points: [] }).record(
            await read(sent),
            now + 1,
            THRESHOLDS,
          );
        }
      },
    );
    return { property: property as unknown as Started["property"] };
  },
};

/** The public client with JSON, which the watchdog does not use. */
export const client: FuzzTarget = {
  name: "client",
  start() {
    const property = fc.asyncProperty(answers, fc.boolean(), async (sent, json) => {
      const type = json ? "application/json" : sent.type;
      const { getMetrics } = createMetricsClient({
        baseUrl: "http://127.0.0.1:1",
        json,
        fetch: answering({ ...sent, type }),
      });
      try {
        const envelope = await getMetrics({});
        assert.equal(envelope.$typeName, GetMetricsResponseSchema.typeName);
      } catch (error) {
        assert(error instanceof ConnectError, error instanceof Error ? error.stack : String(error));
      }
    });
    return { property: property as unknown as Started["property"] };
  },
};
