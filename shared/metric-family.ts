/** A metric family, in the terms of the exposition formats. */
import type { Timestamp } from "@bufbuild/protobuf/wkt";

export type MetricType = "counter" | "gauge";

export interface Sample {
  /** Formatted by `labels`, so that labels shared by many samples are formatted once. */
  readonly labels: string;
  readonly value: number;
}

/** `name` is the scraped name. A counter's name ends in `_total`. */
export interface Family {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly samples: readonly Sample[];
}

export function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: "gauge", help, samples };
}

export function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: "counter", help, samples };
}

const SPECIAL = /[\\"\n]/;

/** Formats `{name="value",…}`, which is the same in both formats. Empty without labels. */
export function labels(...pairs: readonly (readonly [name: string, value: string])[]): string {
  if (pairs.length === 0) return "";
  return `{${pairs.map(([name, value]) => `${name}="${escaped(value)}"`).join(",")}}`;
}

function escaped(value: string): string {
  if (!SPECIAL.test(value)) return value;
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** Adds up samples of the same series, since Prometheus rejects a scrape with duplicates. */
export function summed(samples: readonly Sample[]): readonly Sample[] {
  const totals = new Map<string, number>();
  for (const { labels: series, value } of samples) totals.set(series, (totals.get(series) ?? 0) + value);
  if (totals.size === samples.length) return samples;
  return [...totals].map(([series, value]) => ({ labels: series, value }));
}

/** Keeps the first of several items with the same series. */
export function distinct<Item extends { readonly labels: string }>(items: readonly Item[]): readonly Item[] {
  const series = new Set<string>();
  const kept = items.filter(({ labels: one }) => !series.has(one) && series.add(one));
  return kept.length === items.length ? items : kept;
}

/** Returns seconds since the Unix epoch, Prometheus's unit of time. */
export function seconds(timestamp: Timestamp | undefined): number | undefined {
  return timestamp && Number(timestamp.seconds) + timestamp.nanos / 1e9;
}
