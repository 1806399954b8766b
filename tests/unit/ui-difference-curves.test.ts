import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunFacts } from '../../src/run/events';
import { RunSeries } from '../../src/run/run-series';
import { DifferenceColumns, DifferenceCurves, type DifferingRun } from '../../src/ui/difference-curves';

const curve = (points: readonly (readonly [number, number])[], length = points.length) => ({
  step: Float64Array.from(points, ([x]) => x),
  x: Float64Array.from(points, ([x]) => x),
  value: Float64Array.from(points, ([, value]) => value),
  length,
});

const told = ({ x, value, length }: DifferenceColumns) =>
  [...x.subarray(0, length)].map((at, i) => [at, value[i]]);

describe('the difference of a pair', () => {
  test('is read at the method’s points, the baseline between its own by a straight line', () => {
    const columns = new DifferenceColumns();
    const method = curve([[5, 1], [10, 2], [20, 3], [30, 4], [50, 9]]); // prettier-ignore
    columns.extend(method, curve([[10, 1], [30, 2], [40, 7]])); // prettier-ignore
    // 5 lies before the baseline’s first point, 50 beyond its last.
    expect(told(columns)).toEqual([[10, 1], [20, 1.5], [30, 2]]); // prettier-ignore
  });

  test('at a point of both is theirs, also beside a value that is no number', () => {
    const columns = new DifferenceColumns();
    columns.extend(curve([[10, 3], [15, 3], [20, 3]]), curve([[10, 1], [20, NaN]])); // prettier-ignore
    expect(told(columns)).toEqual([[10, 2], [15, NaN], [20, NaN]]); // prettier-ignore
  });

  test('is the same however the two curves grow', () => {
    const points = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.double({ min: -9, max: 9, noNaN: true })), {
        minLength: 1,
        maxLength: 30,
      })
      .map((list) => {
        let at = 0;
        return list.map(([gap, value]) => [(at += gap), value] as const);
      });
    fc.assert(
      fc.property(points, points, fc.array(fc.boolean(), { maxLength: 60 }), (here, there, turns) => {
        const whole = new DifferenceColumns();
        whole.extend(curve(here), curve(there));
        const grown = new DifferenceColumns();
        let [method, baseline] = [0, 0];
        for (const turn of turns) {
          if (turn) method = Math.min(method + 1, here.length);
          else baseline = Math.min(baseline + 1, there.length);
          grown.extend(curve(here, method), curve(there, baseline));
        }
        grown.extend(curve(here), curve(there));
        expect(told(grown)).toEqual(told(whole));
      }),
    );
  });
});

function run(
  variant: string,
  seed: number,
  values: readonly number[],
  changes: Partial<DifferingRun> & { flops?: number } = {},
) {
  const { flops = 1, ...others } = changes;
  const series = new RunSeries();
  const step = Float64Array.from(values, (_, i) => 10 * (i + 1));
  series.append({
    metric: 'accuracy',
    step,
    trainMs: step.map((at) => 100 * at),
    value: Float64Array.from(values),
  });
  const facts: RunFacts = {
    ...{
      totalSteps: 20,
      batchSize: 1,
      epochExamples: 1,
      parameters: 1,
      flopsPerImage: 1,
      flopsPerStep: flops,
    },
    ...{ dataDigest: '', initDigest: '', details: {} },
  };
  const made: DifferingRun = {
    ...{ id: `${variant} ${seed}`, variant, seed, build: 'b', status: 'done', shown: true, facts, series },
    ...others,
  };
  return made;
}

const numbers = new Map([['Base', 0], ['New', 1], ['Other', 2]]); // prettier-ignore
const scene = {
  ...{ metric: 'accuracy', methods: ['New'], baseline: 'Base', axis: 'step' as const, numbers },
  ...{ titleOf: (variant: string) => variant, means: true },
};

describe('differences of runs', () => {
  test('of one pair are a curve, of several a group', () => {
    const runs = [run('New', 0, [3, 5]), run('Base', 0, [1, 2]), run('New', 1, [4, 9])];
    const one = new DifferenceCurves().draw({ ...scene, runs });
    expect([one.lines.length, one.groups.length, one.pairs]).toEqual([1, 0, 1]);
    expect([...(one.lines[0]?.y.subarray(0, 2) ?? [])]).toEqual([2, 3]);
    expect(one.lines[0]).toMatchObject({ label: 'New', color: 1, length: 2 });

    const two = new DifferenceCurves().draw({ ...scene, runs: [...runs, run('Base', 1, [1, 3])] });
    expect([two.lines.length, two.groups.length, two.pairs]).toEqual([0, 1, 2]);
    expect(two.groups[0]?.members.map(({ y }) => [...y.subarray(0, 2)])).toEqual([[2, 3], [3, 6]]); // prettier-ignore
    const each = new DifferenceCurves().draw({
      ...scene,
      runs: [...runs, run('Base', 1, [1, 3])],
      means: false,
    });
    expect(each.lines.map(({ label, weight }) => [label, weight])).toEqual([
      ['New', 'method'],
      ['', 'seed'],
    ]);
  });

  test('are at equal FLOPs where the axis is FLOPs', () => {
    const runs = [run('New', 0, [3, 5, 9]), run('Base', 0, [1, 2], { flops: 2 })];
    const { lines } = new DifferenceCurves().draw({ ...scene, runs, axis: 'flops' });
    // 10 FLOPs lie before the baseline’s first report, at 20; it has 1.5 at 30.
    expect([...(lines[0]?.x.subarray(0, lines[0].length) ?? [])]).toEqual([20, 30]);
    expect([...(lines[0]?.y.subarray(0, 2) ?? [])]).toEqual([4, 7.5]);
  });

  test('leave out runs that are hidden, wait, or are of another build or origin', () => {
    const here = run('New', 0, [3, 5]);
    for (const changes of [
      { shown: false },
      { status: 'queued' },
      { build: 'c' },
      { origin: 'recorded' },
    ] as const) {
      const runs = [here, run('Base', 0, [1, 2], changes)];
      expect(new DifferenceCurves().draw({ ...scene, runs }).pairs).toBe(0);
    }
  });

  test('begin afresh for a run that goes on from an earlier step', () => {
    const curves = new DifferenceCurves();
    const [method, baseline] = [run('New', 0, [3, 5]), run('Base', 0, [1, 2])];
    expect(curves.draw({ ...scene, runs: [method, baseline] }).lines[0]?.length).toBe(2);
    const again = run('New', 0, [7, 8]);
    const found = curves.draw({ ...scene, runs: [again, baseline] }).lines[0];
    expect([...(found?.y.subarray(0, 2) ?? [])]).toEqual([6, 6]);
  });
});
