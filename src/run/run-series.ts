import type { RunFacts } from './events';
import type { ScalarColumns } from './protocol';
import type { SeriesRecord } from './record';
import { xPerStep, type XAxis } from './x-axis';

const grown = (column: Float64Array, capacity: number): Float64Array<ArrayBuffer> => {
  const larger = new Float64Array(capacity);
  larger.set(column);
  return larger;
};

/** Positions along one axis, worked out as far as they have been asked for. */
interface Placed {
  /** What one step, or one millisecond, is worth on the axis. */
  unit: number;
  x: Float64Array;
  length: number;
}

/** One metric of one run. Columns are longer than `length`, so that appending is cheap. */
export class MetricColumns {
  step = new Float64Array(64);
  trainMs = new Float64Array(64);
  value = new Float64Array(64);
  length = 0;
  readonly #placed = new Map<XAxis, Placed>();

  append(columns: Omit<ScalarColumns, 'metric'>): void {
    const needed = this.length + columns.step.length;
    if (needed > this.step.length) {
      const capacity = Math.max(needed, this.step.length * 2);
      this.step = grown(this.step, capacity);
      this.trainMs = grown(this.trainMs, capacity);
      this.value = grown(this.value, capacity);
    }
    this.step.set(columns.step, this.length);
    this.trainMs.set(columns.trainMs, this.length);
    this.value.set(columns.value, this.length);
    this.length = needed;
  }

  /** A copy of what was reported up to a step, with arrays of its own. */
  upTo(step: number): MetricColumns {
    const length = this.step.subarray(0, this.length).findLastIndex((known) => known <= step) + 1;
    const kept = new MetricColumns();
    kept.append({
      step: this.step.subarray(0, length),
      trainMs: this.trainMs.subarray(0, length),
      value: this.value.subarray(0, length),
    });
    return kept;
  }

  /** Positions along an axis, at least `length` of them; null where the axis needs facts that are missing. */
  along(axis: XAxis, facts: RunFacts | undefined): Float64Array | null {
    if (axis === 'step') return this.step;
    const perStep = xPerStep(axis, facts);
    if (axis !== 'seconds' && perStep === null) return null;
    const source = perStep === null ? this.trainMs : this.step;
    const unit = perStep ?? 1 / 1000;
    let placed = this.#placed.get(axis);
    if (placed?.unit !== unit) placed = { unit, x: new Float64Array(source.length), length: 0 };
    if (placed.x.length < source.length) placed.x = grown(placed.x, source.length);
    for (; placed.length < this.length; placed.length++)
      placed.x[placed.length] = (source[placed.length] ?? Number.NaN) * unit;
    this.#placed.set(axis, placed);
    return placed.x;
  }
}

/** All curves of one run, outside the reactive graph: a counter elsewhere says when to look again. */
export class RunSeries {
  readonly #columns = new Map<string, MetricColumns>();

  append(columns: ScalarColumns): void {
    let metric = this.#columns.get(columns.metric);
    if (!metric) this.#columns.set(columns.metric, (metric = new MetricColumns()));
    metric.append(columns);
  }

  /**
   * Forgets what was reported beyond a step, for a run that goes on from there. The columns are new ones then: whoever kept
   * something with the old, as smoothing does, begins afresh.
   */
  truncate(step: number): void {
    for (const [metric, columns] of this.#columns) {
      const kept = columns.upTo(step);
      if (kept.length > 0) this.#columns.set(metric, kept);
      else this.#columns.delete(metric);
    }
  }

  of(metric: string): MetricColumns | undefined {
    return this.#columns.get(metric);
  }

  /** The last value reported, if any. */
  latest(metric: string): number | undefined {
    const columns = this.#columns.get(metric);
    return columns && columns.length > 0 ? columns.value[columns.length - 1] : undefined;
  }

  /** Training time at a step, as far as any metric tells: that of its last report up to there. */
  trainMsAt(step: number): number {
    let found = 0;
    for (const columns of this.#columns.values()) {
      const last = columns.step.subarray(0, columns.length).findLastIndex((known) => known <= step);
      found = Math.max(found, columns.trainMs[last] ?? 0);
    }
    return found;
  }

  /** Copies cut to length, for the record. */
  toRecords(): SeriesRecord[] {
    return [...this.#columns].map(([metric, { step, trainMs, value, length }]) => ({
      metric,
      step: step.slice(0, length),
      trainMs: trainMs.slice(0, length),
      value: value.slice(0, length),
    }));
  }
}
