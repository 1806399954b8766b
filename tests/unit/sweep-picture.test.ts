import { describe, expect, test } from 'vitest';
import { planRuns, type PlannedRun } from '../../src/run/plan';
import { defaultLink, namedVariant } from '../../src/spec/link';
import { asTrace, cutsWhiskers, nearestTo, placedOf, sweepDomains } from '../../src/ui/charts/sweep/placed';
import { seriesNumbers } from '../../src/ui/series-numbers';
import { spreadText } from '../../src/ui/spread-text';
import { sweepVariants } from '../../src/ui/sweep';
import { sweepCaption, sweepPicture, type SweptRun } from '../../src/ui/sweep-picture';
import { sweptCard as card } from './ui-swept-card';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');
const [first] = card.sweeps ?? [];
if (!first?.chart) throw new Error('the card has a sweep with a chart');
const sweep = { ...first, chart: first.chart };
const variants = sweepVariants(card, sweep);
const link = { ...defaultLink(card), variants, seeds: [0, 1] };
const plan = planRuns(card, link);
const numbers = seriesNumbers(
  card,
  variants.map(({ name }) => name),
);

/** FLOPs as a routed model has them: half of the blocks in proportion to the capacity. */
const flopsOf = ({ spec }: Pick<PlannedRun, 'spec'>): number =>
  1e6 * (spec['router'] === 'dense' ? 2 : 1 + Number(spec['capacity']));

let made = 0;
function done(planned: PlannedRun, accuracy: number | undefined, change: Partial<SweptRun> = {}): SweptRun {
  return {
    ...planned,
    id: String(made++),
    status: 'done',
    shown: true,
    facts: { flopsPerImage: flopsOf(planned) },
    series: { latest: (metric) => (metric === 'accuracy' ? accuracy : 7) },
    ...change,
  };
}
const find = (variant: string, seed: number): PlannedRun => {
  const found = plan.find((run) => run.variant === variant && run.seed === seed);
  if (!found) throw new Error(`${variant}, seed ${seed} is planned`);
  return found;
};
const QUARTER = 'capacity:0.25,router:amod';
const HALF = 'capacity:0.5,router:amod';
const front = (runs: readonly SweptRun[]) => sweepPicture({ card, runs, plan, numbers }, sweep, ['accuracy']);
const lineOf = (name: string, runs: readonly SweptRun[]) =>
  front(runs).lines.find((line) => line.name === name);

describe('the front', () => {
  test('knows every line before any run is done', () => {
    expect(front([]).lines).toEqual([
      expect.objectContaining({ name: 'Method', color: 1, points: [] }),
      expect.objectContaining({ name: 'Linear', color: 3, points: [] }),
      expect.objectContaining({ name: 'Base', color: 0, points: [] }),
    ]);
    expect(front([])).toMatchObject({ planned: 14, done: 0 });
  });

  test('joins what differs in the sweep’s knob alone, in order of FLOPs', () => {
    const runs = [done(find(HALF, 0), 0.7), done(find(QUARTER, 0), 0.6), done(find('Base', 0), 0.8)];
    const points = lineOf('Method', runs)?.points ?? [];
    expect(points.map(({ x, mean, setting }) => [x, mean, plain(setting)])).toEqual([
      [1.25e6, 0.6, 'capacity 25 %'],
      [1.5e6, 0.7, 'capacity 50 %'],
    ]);
    // The knob changes nothing for the dense model, so its point does not name a value.
    expect(lineOf('Base', runs)?.points).toMatchObject([{ x: 2e6, mean: 0.8, setting: '' }]);
  });

  test('takes the mean over seeds with its t-interval, and none of one seed', () => {
    const runs = [done(find(QUARTER, 1), 0.64), done(find(QUARTER, 0), 0.6), done(find(HALF, 0), 0.7)];
    const [two, one] = lineOf('Method', runs)?.points ?? [];
    expect(two?.runs.map(({ seed, value }) => [seed, value])).toEqual([
      [0, 0.6],
      [1, 0.64],
    ]);
    expect(two?.mean).toBeCloseTo(0.62, 12);
    expect(two?.half).toBeCloseTo(12.7062 * 0.02, 5); // s ∕ √2 is half the distance of two values
    expect(one).toMatchObject({ mean: 0.7, half: null });
  });

  test('counts only runs that are done and shown, have facts, and gave a finite value', () => {
    const runs = [
      done(find(QUARTER, 0), 0.6, { status: 'running' }),
      done(find(QUARTER, 1), 0.6, { status: 'failed' }),
      done(find(HALF, 0), 0.6, { shown: false }),
      done(find(HALF, 1), NaN),
      done(find('Base', 0), undefined),
      done(find('Base', 1), 0.5, { facts: undefined }),
    ];
    expect(placedOf(front(runs))).toEqual([]);
    expect(front(runs)).toMatchObject({ done: 4, planned: 14 });
  });

  test('of a run repeated with another build the later counts', () => {
    const runs = [done(find(QUARTER, 0), 0.6), done(find(QUARTER, 0), 0.65)];
    expect(lineOf('Method', runs)?.points[0]).toMatchObject({ mean: 0.65, half: null });
  });

  test('takes in runs of earlier settings only where the sweep’s knob alone is another', () => {
    const plain = { ...defaultLink(card), seeds: [0] };
    const now = planRuns(card, plain);
    const other = (change: object) =>
      planRuns(card, { ...plain, spec: { ...plain.spec, ...change } }).map((run) => done(run, 0.5));
    const runs = [...now.map((run) => done(run, 0.6)), ...other({ capacity: 0.25 }), ...other({ width: 32 })];
    const { lines } = sweepPicture({ card, runs, plan: now, numbers }, sweep, ['accuracy']);
    expect(lines.map(({ name, points }) => [name, points.map(({ x }) => x)])).toEqual([
      ['Method', [1.25e6, 1.5e6]],
      ['Base', [2e6]], // the same model at either capacity: one point
    ]);
  });

  test('names a line by all that its points share', () => {
    const wide = {
      name: 'capacity:0.25,router:amod,width:32',
      diff: { capacity: 0.25, router: 'amod', width: 32 },
    };
    const also = planRuns(card, { ...link, variants: [wide, namedVariant(card, 'Method')] });
    const names = sweepPicture({ card, runs: [], plan: also, numbers }, sweep, ['accuracy']).lines.map(
      ({ name }) => name,
    );
    expect(names).toEqual(['Method, width 32', 'Method']);
  });
});

describe('its words', () => {
  const caption = (seeds: number[][]) => {
    const settings = [QUARTER, HALF, 'Base'];
    const runs = seeds.flatMap((list, i) => list.map((seed) => done(find(settings[i] ?? '', seed), 0.6)));
    return plain(sweepCaption(front(runs)));
  };
  test.each([
    [[], '0 of 14 runs done'],
    [[[0], [0]], '2 of 14 runs done · 1 seed'],
    [
      [
        [0, 1],
        [0, 1],
      ],
      '4 of 14 runs done · mean of 2 seeds, 95 % t-interval',
    ],
    [[[0, 1], [0]], '3 of 14 runs done · mean of 1 to 2 seeds, 95 % t-interval where more than 1'],
  ])('%j seeds: %s', (seeds, words) => expect(caption(seeds)).toBe(words));

  test('claims no progress once all is done', () => {
    const all = plan.map((run) => done(run, 0.6));
    expect(plain(sweepCaption(front(all)))).toBe('mean of 2 seeds, 95 % t-interval');
  });
});

describe('a mean and its spread', () => {
  const accuracy = { label: '', unit: '%', better: 'higher' } as const;
  const loss = { label: '', unit: 'nats', better: 'lower' } as const;
  test('have equally many decimals', () => {
    expect(plain(spreadText(accuracy, 0.6216, 0.01512))).toBe('62.2 ± 1.5 %');
    expect(plain(spreadText(accuracy, 0.6216, null))).toBe('62.2 %');
    expect(plain(spreadText(loss, 12.3247, 0.43239))).toBe('12.32 ± 0.43 nats');
    expect(plain(spreadText({ ...loss, decimals: 0 }, 1234, 17.4))).toBe('1,234 ± 17 nats');
    expect(plain(spreadText(loss, 2e-6, 1e-7))).toBe('2.000e−6 ± 1.000e−7 nats');
  });
});

describe('its picture', () => {
  const runs = [
    done(find(QUARTER, 0), 0.5),
    done(find(QUARTER, 1), 0.6),
    done(find(HALF, 0), 0.7),
    done(find('Base', 0), 0.9),
  ];
  const placed = placedOf(front(runs));

  test('holds every run, and whiskers as far as the points stay readable', () => {
    const { x, y } = sweepDomains(front(runs).axis, placed, undefined);
    expect(x[0]).toBeLessThan(1.25e6);
    expect(x[1]).toBeGreaterThan(2e6);
    // Two seeds 0.1 apart have a whisker of ± 0.635, the runs a range of 0.4: it is cut below, not above.
    expect(y[0]).toBeGreaterThan(0.5 - 2 * 0.4);
    expect(y[0]).toBeLessThan(0.5 - 0.4);
    expect(y[1]).toBeGreaterThan(0.55 + 12.7 * 0.05);
    expect(cutsWhiskers(placed, y)).toBe(true);
    expect(cutsWhiskers(placed, [-1, 2])).toBe(false);
    expect(sweepDomains(front(runs).axis, placed, [0, 1]).y[1]).toBe(1); // no accuracy beyond it
  });

  test('one point alone stands in the middle', () => {
    const alone = front([done(find(HALF, 0), 0.5)]);
    const { x, y } = sweepDomains(alone.axis, placedOf(alone), [0, 1]);
    expect((x[0] + x[1]) / 2).toBeCloseTo(1.5e6, 6);
    expect((y[0] + y[1]) / 2).toBeCloseTo(0.5, 12);
  });

  test('keys visit the points from the cheapest to the dearest', () => {
    expect(placed.map(({ point }) => point.x)).toEqual([1.25e6, 1.5e6, 2e6]);
  });

  test('the pointer finds the closest point within reach', () => {
    const at = ({ x, mean }: { x: number | null; mean: number }) => ({
      left: x === null ? null : x / 1e4,
      top: 100 * mean,
    });
    const found = (left: number, top: number) => nearestTo(placed, at, { left, top }, 40)?.point.x;
    expect(found(130, 60)).toBe(1.25e6);
    expect(found(160, 65)).toBe(1.5e6);
    expect(found(300, 65)).toBeUndefined();
  });

  test('a line’s name stands at its last point', () => {
    const [line] = front(runs).lines;
    if (!line) throw new Error('there is a line');
    const { line: drawn } = asTrace(line, 0);
    expect([...drawn.x]).toEqual([1.25e6, 1.5e6]);
    expect(drawn.y[1]).toBeCloseTo(0.7, 12);
    expect(drawn).toMatchObject({ label: 'Method', color: 1, length: 2 });
  });
});
