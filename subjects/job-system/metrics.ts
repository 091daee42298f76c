/** Counters, gauges and histograms, and their text in the exposition format of Prometheus. */

type Labels = Readonly<Record<string, string>>;

const secondsBuckets = [0.1, 0.5, 1, 5, 15, 60, 300];

interface Histogram {
  readonly counts: number[];
  count: number;
  sum: number;
}

export class Metrics {
  readonly #counters = new Map<string, number>();
  readonly #gauges = new Map<string, number>();
  readonly #histograms = new Map<
    string,
    { readonly name: string; readonly labels: Labels; readonly data: Histogram }
  >();

  count(name: string, labels: Labels = {}, by = 1): void {
    const series = seriesOf(name, labels);
    this.#counters.set(series, (this.#counters.get(series) ?? 0) + by);
  }

  gauge(name: string, value: number, labels: Labels = {}): void {
    this.#gauges.set(seriesOf(name, labels), value);
  }

  /** Adds an observation in seconds. */
  observe(name: string, seconds: number, labels: Labels = {}): void {
    const series = seriesOf(name, labels);
    let histogram = this.#histograms.get(series);
    if (histogram === undefined) {
      histogram = { name, labels, data: { counts: secondsBuckets.map(() => 0), count: 0, sum: 0 } };
      this.#histograms.set(series, histogram);
    }
    const { data } = histogram;
    data.count += 1;
    data.sum += seconds;
    for (const [index, bound] of secondsBuckets.entries()) if (seconds <= bound) data.counts[index]! += 1;
  }

  /** All series, one a line. */
  text(): string {
    const lines: string[] = [];
    for (const [series, value] of [...this.#counters, ...this.#gauges]) lines.push(`${series} ${value}`);
    for (const { name, labels, data } of this.#histograms.values()) {
      for (const [index, bound] of secondsBuckets.entries()) {
        lines.push(`${seriesOf(`${name}_bucket`, { ...labels, le: String(bound) })} ${data.counts[index]}`);
      }
      lines.push(`${seriesOf(`${name}_bucket`, { ...labels, le: '+Inf' })} ${data.count}`);
      lines.push(
        `${seriesOf(`${name}_sum`, labels)} ${data.sum}`,
        `${seriesOf(`${name}_count`, labels)} ${data.count}`,
      );
    }
    return `${lines.join('\n')}\n`;
  }
}

function seriesOf(name: string, labels: Labels): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${value.replace(/[\\"\n]/g, '_')}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
}
