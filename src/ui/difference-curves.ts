import type { MetricColumns } from '../run/run-series';
import type { XAxis } from '../run/x-axis';
import type { ChartLine, SeedGroup, SeedLine } from './charts/line';
import { pairsOf, type Comparable, type Pair } from './paired-difference';

/** What a run must tell to be drawn in a difference. */
export interface DifferingRun extends Comparable {
  id: string;
  shown: boolean;
}

/** Values of one run along an axis; the first `length` entries count. */
interface Curve {
  step: Float64Array;
  x: Float64Array;
  value: Float64Array;
  length: number;
}

function doubled(column: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * column.length);
  larger.set(column);
  return larger;
}

/**
 * Method minus baseline of one pair, at each point of the method's that the baseline has passed: there the baseline is read
 * by a straight line between its own two points. Grows with both, and costs only what is new.
 */
export class DifferenceColumns {
  step = new Float64Array(64);
  x = new Float64Array(64);
  value = new Float64Array(64);
  length = 0;
  /** Points of the method that are done with. */
  #seen = 0;
  /** The baseline's last point at or before the method's next. */
  #left = 0;

  extend(method: Curve, baseline: Curve): void {
    const last = baseline.x[baseline.length - 1] ?? -Infinity;
    for (; this.#seen < method.length; this.#seen++) {
      const at = method.x[this.#seen] ?? NaN;
      if (!(at <= last)) return;
      if (at < (baseline.x[0] ?? Infinity)) continue;
      while ((baseline.x[this.#left + 1] ?? Infinity) <= at && this.#left + 1 < baseline.length) this.#left++;
      const below = readBetween(baseline, this.#left, at);
      this.#push(method.step[this.#seen] ?? NaN, at, (method.value[this.#seen] ?? NaN) - below);
    }
  }

  #push(step: number, x: number, value: number): void {
    if (this.length === this.step.length) {
      this.step = doubled(this.step);
      this.x = doubled(this.x);
      this.value = doubled(this.value);
    }
    this.step[this.length] = step;
    this.x[this.length] = x;
    this.value[this.length] = value;
    this.length++;
  }
}

/** A curve's height between its points `left` and the next. */
function readBetween({ x, value }: Curve, left: number, at: number): number {
  const [x0 = NaN, y0 = NaN] = [x[left], value[left]];
  if (x0 === at) return y0; // also where what comes next is no number
  const [x1 = NaN, y1 = NaN] = [x[left + 1], value[left + 1]];
  return y0 + ((y1 - y0) * (at - x0)) / (x1 - x0);
}

/** What is subtracted from what, and how it is drawn. */
export interface DifferenceScene {
  runs: readonly DifferingRun[];
  metric: string;
  methods: readonly string[];
  baseline: string;
  axis: XAxis;
  numbers: ReadonlyMap<string, number>;
  titleOf: (variant: string) => string;
  /** Several pairs as their mean. */
  means: boolean;
}

export interface DrawnDifferences {
  lines: ChartLine[];
  groups: SeedGroup[];
  /** Pairs that have a value. */
  pairs: number;
}

/** Pairs of runs that are shown, by seed, of which both have begun. */
export const begunPairs = <R extends DifferingRun>(
  runs: readonly R[],
  variants: { method: string; baseline: string },
): Pair<R>[] =>
  pairsOf(
    variants,
    runs.filter(({ shown, status }) => shown && status !== 'queued'),
  );

/** What is kept of a pair, and what it was made from: a run that goes on from an earlier step has new columns. */
interface Known {
  columns: DifferenceColumns;
  from: readonly MetricColumns[];
}

/** The curves of differences of a page, kept between frames. */
export class DifferenceCurves {
  #known = new Map<string, Known>();

  draw(scene: DifferenceScene): DrawnDifferences {
    const kept = new Map<string, Known>();
    const drawn: DrawnDifferences = { lines: [], groups: [], pairs: 0 };
    for (const method of scene.methods) {
      const members = begunPairs(scene.runs, { method, baseline: scene.baseline }).flatMap((pair) => {
        const line = this.#lineOf(scene, pair, kept);
        return line ? [line] : [];
      });
      drawn.pairs += members.length;
      const [first, ...others] = members;
      if (!first) continue;
      const label = scene.titleOf(method);
      if (scene.means && others.length > 0)
        drawn.groups.push({
          id: `${method} − ${scene.baseline} in ${scene.metric}, ${scene.axis}`,
          ...{ label, color: first.color, weight: 'method', reference: false },
          members: members.map((line) => ({ ...line, weight: 'seed' })),
          sharedX: scene.axis !== 'seconds',
        });
      else
        drawn.lines.push(
          { ...first, label },
          ...others.map((line) => ({ ...line, weight: 'seed' as const })),
        );
    }
    this.#known = kept;
    return drawn;
  }

  #lineOf(scene: DifferenceScene, pair: Pair<DifferingRun>, kept: Map<string, Known>): SeedLine | null {
    const { metric, axis, numbers } = scene;
    const [here, there] = [pair.method, pair.baseline].map(({ series }) => series.of(metric));
    const [hereX, thereX] = [here?.along(axis, pair.method.facts), there?.along(axis, pair.baseline.facts)];
    if (!here || !there || !hereX || !thereX) return null;
    const id = `${pair.method.id} − ${pair.baseline.id} in ${metric}, ${axis}`;
    const before = this.#known.get(id);
    const goesOn = before?.from[0] === here && before.from[1] === there;
    const columns = before && goesOn ? before.columns : new DifferenceColumns();
    kept.set(id, { columns, from: [here, there] });
    columns.extend(
      { step: here.step, x: hereX, value: here.value, length: here.length },
      { step: there.step, x: thereX, value: there.value, length: there.length },
    );
    if (columns.length === 0) return null;
    return {
      ...{ id, label: '', color: numbers.get(pair.method.variant) ?? 1, weight: 'method', reference: false },
      ...{ step: columns.step, x: columns.x, y: columns.value, length: columns.length },
      live: pair.method.status === 'running' || pair.baseline.status === 'running',
    };
  }
}
