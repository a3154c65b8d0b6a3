/** A metric family, in the terms of the exposition formats. */
import type { Timestamp } from "@bufbuild/protobuf/wkt";

export type MetricType = "counter" | "gauge";

export interface Sample {
  /** As `labels` writes them, so that what many samples share is written once. */
  readonly labels: string;
  readonly value: number;
}

/** `name` as it is scraped; a counter's ends in `_total`. */
export interface Family {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly samples: readonly Sample[];
}

export function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: "gauge", help, samples };
}

const SPECIAL = /[\\"\n]/;

/** `{name="value",…}`, the same in both formats; nothing for no labels. */
export function labels(...pairs: readonly (readonly [name: string, value: string])[]): string {
  if (pairs.length === 0) return "";
  return `{${pairs.map(([name, value]) => `${name}="${escaped(value)}"`).join(",")}}`;
}

function escaped(value: string): string {
  if (!SPECIAL.test(value)) return value;
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** Adds up what would be the same series twice; Prometheus refuses a scrape with duplicates. */
export function summed(samples: readonly Sample[]): readonly Sample[] {
  const totals = new Map<string, number>();
  for (const { labels: series, value } of samples) totals.set(series, (totals.get(series) ?? 0) + value);
  if (totals.size === samples.length) return samples;
  return [...totals].map(([series, value]) => ({ labels: series, value }));
}

/** Of what would be the same series twice, the first. */
export function distinct<Item extends { readonly labels: string }>(items: readonly Item[]): readonly Item[] {
  const series = new Set<string>();
  const kept = items.filter(({ labels: one }) => !series.has(one) && series.add(one));
  return kept.length === items.length ? items : kept;
}

/** Seconds since the Unix epoch, as Prometheus has times. */
export function seconds(timestamp: Timestamp | undefined): number | undefined {
  return timestamp && Number(timestamp.seconds) + timestamp.nanos / 1e9;
}
