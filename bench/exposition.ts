/** What rendering one envelope costs, as JSON and as text: 20 running agents, in this process. */
import { families } from "../src/exposition/families.ts";
import { expositionText, type TextFormat } from "../src/exposition/text.ts";
import { envelopeText } from "../src/server/json.ts";
import { recordedEnvelope } from "./recorded-envelope.ts";

const ROUNDS = 5_000;

export async function benchExposition(): Promise<void> {
  const envelope = await recordedEnvelope();
  const text = (format: TextFormat) => () => expositionText(families(envelope, "1.2.3"), format);
  const ways: readonly (readonly [name: string, render: () => string])[] = [
    ["JSON", () => envelopeText(envelope)],
    ["Prometheus text", text("prometheus")],
    ["OpenMetrics", text("openmetrics")],
  ];
  const measured = ways.map(([name, render]) => ({ name, bytes: render().length, ...time(render) }));
  const [json] = measured;
  console.log("\nrendering one envelope, 20 running agents");
  console.table(
    measured.map(({ name, bytes, microseconds }) => ({
      form: name,
      bytes,
      microseconds: microseconds.toFixed(1),
      "of JSON": (microseconds / (json?.microseconds ?? 1)).toFixed(2),
    })),
  );
}

function time(render: () => string): { microseconds: number } {
  let bytes = 0;
  for (let round = 0; round < ROUNDS; round += 1) bytes += render().length;
  const began = performance.now();
  for (let round = 0; round < ROUNDS; round += 1) bytes += Buffer.byteLength(render());
  if (bytes === 0) throw new Error("nothing was rendered");
  return { microseconds: ((performance.now() - began) * 1000) / ROUNDS };
}
