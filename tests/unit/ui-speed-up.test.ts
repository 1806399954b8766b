import { describe, expect, test } from 'vitest';
import type { SpeedUp } from '../../src/run/card';
import type { RunFacts } from '../../src/run/events';
import { planRuns, type PlannedRun } from '../../src/run/plan';
import { RunSeries } from '../../src/run/run-series';
import { defineCard } from '../../src/run/card';
import { int, real, choice } from '../../src/spec/knob';
import { defaultLink, type Link } from '../../src/spec/link';
import { seriesNumbers } from '../../src/ui/series-numbers';
import { budgetSpeedUp, curveSpeedUp } from '../../src/ui/speed-up-drawn';
import type { PairableRun } from '../../src/ui/speed-up-of-runs';
import { factorText } from '../../src/ui/speed-up-words';
import { sweepVariants, type ChartedSweep } from '../../src/ui/sweep';
import { sweepPicture, type SweptRun } from '../../src/ui/sweep-picture';
import { smallCard } from './ui-small-card';

const budgets = {
  label: 'Budget',
  about: '',
  knob: 'epochs',
  values: [2, 4, 8],
  variants: ['Method', 'Base'],
  beside: [],
  chart: { x: 'knob', metrics: ['accuracy'], speedUp: true },
} as const;
const described = {
  id: 'sooner',
  title: 'Sooner',
  summary: 'For tests.',
  seed: smallCard.seed,
  knobs: {
    update: choice('Update', ['method', 'base'], { default: 'method' }),
    model: choice('Model', ['vit', 'mlp'], { default: 'vit' }),
    epochs: int('Budget', { default: 8, min: 1, max: 100, unit: 'epochs' }),
    rate: real('Rate', { default: 1, min: 0.1, max: 10, scale: 'log' }),
  },
  presets: { demo: { label: 'Demo', about: '', spec: {} } },
  defaultPreset: 'demo',
  variants: { Method: { update: 'method' }, Base: { update: 'base' } },
  compare: ['Method', 'Base'],
  baseline: 'Base',
  metrics: {
    accuracy: { label: 'Accuracy', unit: '%', better: 'higher', decimals: 1 },
    loss: { label: 'Loss', unit: 'nats', better: 'lower' },
  },
  hero: 'accuracy',
  sweeps: [budgets],
  claims: [],
  speedUp: { method: 'Method', baseline: 'Base', metric: 'accuracy', source: 'section 2' },
} as const;
const card = defineCard(described);
const plain = (text: string | undefined) => (text ?? '').replaceAll('\u00a0', ' ');

/** One epoch is ten steps of a second each. */
const facts: RunFacts = {
  ...{ totalSteps: 80, batchSize: 10, epochExamples: 100, parameters: 1, flopsPerImage: 1, flopsPerStep: 30 },
  ...{ dataDigest: '', initDigest: '', details: {} },
};

type Points = readonly (readonly [epoch: number, accuracy: number])[];

let made = 0;
/** A run with its accuracy by epoch. */
function trained(
  planned: PlannedRun | undefined,
  points: Points,
  change: Partial<Omit<PairableRun, 'series'>> = {},
): PairableRun & SweptRun {
  if (!planned) throw new Error('the setting asks for it');
  const series = new RunSeries();
  const step = Float64Array.from(points, ([epoch]) => 10 * epoch);
  const value = Float64Array.from(points, ([, accuracy]) => accuracy);
  series.append({ metric: 'accuracy', step, trainMs: step.map((at) => 1000 * at), value });
  const run = { build: 'a', status: 'done' as const, shown: true, fault: undefined, ...change };
  return { ...planned, id: String(made++), facts, series, ...run };
}

const RISING: Points = [
  [2, 0.5],
  [4, 0.7],
  [6, 0.78],
  [8, 0.8],
];
/** Has 0.8 half way from 4 to 6. */
const SOONER: Points = [
  [2, 0.6],
  [4, 0.76],
  [6, 0.84],
  [8, 0.86],
];
const LATER: Points = RISING.map(([epoch, accuracy]) => [epoch, accuracy - 0.1] as const);

const link = (seeds: readonly number[], change: Partial<Link> = {}): Link => ({
  ...defaultLink(card),
  seeds,
  ...change,
});

describe('along the curves', () => {
  const plan = planRuns(card, link([0, 1]));
  const of = (variant: string, seed = 0) => plan.find((run) => run.variant === variant && run.seed === seed);
  const read = (runs: readonly PairableRun[], axis: 'epoch' | 'step' | 'seconds' = 'epoch', planned = plan) =>
    curveSpeedUp({ card, runs, plan: planned }, defaultLink(card).spec, axis);
  const words = (runs: readonly PairableRun[]) => plain(read(runs)?.remark.text);
  const pair = (method = SOONER, seed = 0) => [
    trained(of('Method', seed), method),
    trained(of('Base', seed), RISING),
  ];

  test('the bracket goes from where the method has the baseline’s final value to the baseline’s end', () => {
    const found = read(pair(), 'epoch', planRuns(card, link([0])));
    expect(found?.bracket).toMatchObject({ y: 0.8, readings: [] });
    expect(found?.bracket?.to).toBeCloseTo(8, 12);
    expect(found?.bracket?.from).toBeCloseTo(5, 12);
    expect(found?.bracket?.label.map(plain)).toEqual(['1.60× fewer epochs', 'one seed']);
    expect(plain(found?.remark.text)).toBe(
      'Method reached Base’s final 80.0 % after 5 epochs instead of 8 epochs: 1.60× fewer epochs, one seed.',
    );
  });

  test.each([
    ['step', 50, 80, '1.60× fewer steps'],
    ['seconds', 50, 80, '1.60× less time'],
  ] as const)('is read on the axis that is drawn: %s', (axis, from, to, label) => {
    const bracket = read(pair(), axis)?.bracket;
    expect(bracket?.from).toBeCloseTo(from, 10);
    expect(bracket?.to).toBeCloseTo(to, 10);
    expect(bracket?.label[0]).toBe(label);
  });

  test('over seeds it is a geometric mean with its interval, each seed at its own baseline’s value', () => {
    const lower = RISING.map(([epoch, accuracy]) => [epoch, accuracy - 0.04] as const); // ends at 0.76
    const runs = [...pair(), trained(of('Method', 1), SOONER), trained(of('Base', 1), lower)];
    const found = read(runs);
    // Seed 0 has 0.8 after 5 epochs, seed 1 has 0.76 after 4: factors of 1.6 and 2.
    const factor = Math.sqrt(1.6 * 2);
    expect(found?.bracket?.from).toBeCloseTo(8 / factor, 10);
    expect(found?.bracket?.y).toBeCloseTo(0.78, 12);
    expect(found?.bracket?.readings.map(({ x, y }) => [x, y])).toEqual([
      [expect.closeTo(5, 10), 0.8],
      [4, 0.76],
    ]);
    const half = 12.706204736 * (Math.log(2 / 1.6) / 2); // s ∕ √2 is half the distance of two logarithms
    const interval = `${factorText(factor / Math.exp(half))} to ${factorText(factor * Math.exp(half))}`;
    expect(found?.bracket?.label.map(plain)).toEqual(['1.79× fewer epochs', `95 % ${interval}, 2 seeds`]);
    expect(words(runs)).toContain(`95 % t-interval ${interval} over 2 seeds.`);
  });

  test('waits for the baseline’s end, then for the method', () => {
    const method = trained(of('Method'), SOONER);
    const base = (change: Partial<Omit<PairableRun, 'series'>>) =>
      trained(of('Base'), RISING.slice(0, 3), change);
    const waiting = 'The speed-up of Method appears when Base has ended.';
    expect(words([])).toBe(waiting);
    for (const status of ['running', 'stopped', 'failed'] as const)
      expect(words([method, base({ status })])).toBe(waiting);
    const ended = trained(of('Base'), RISING);
    const yet = 'Method has yet to reach Base’s final 80.0 %; the speed-up appears when it has.';
    expect(words([ended])).toBe(yet);
    expect(words([ended, trained(of('Method'), SOONER.slice(0, 2), { status: 'running' })])).toBe(yet);
    expect(words([ended, trained(of('Method'), SOONER.slice(0, 2), { status: 'stopped' })])).toBe(yet);
    // What it has reached it has, however it goes on.
    const found = read([ended, trained(of('Method'), SOONER.slice(0, 3), { status: 'running' })]);
    expect(found?.bracket?.label).toEqual(['1.60× fewer epochs', 'one seed so far']);
  });

  test('says that a method never got there, and flatters none that did for some seeds', () => {
    expect(words(pair(LATER))).toBe(
      'Method did not reach Base’s final 80.0 % within its 8 epochs, so no speed-up can be read off.',
    );
    expect(words([...pair(LATER), ...pair(LATER, 1)])).toContain('with any of 2 seeds, so no');
    const some = read([...pair(), ...pair(LATER, 1)]);
    expect(some?.bracket).toBeUndefined();
    expect(plain(some?.remark.text)).toContain('with 1 of 2 seeds only');
    const fault = { name: 'DivergedError', message: '' };
    const diverged = trained(of('Method'), SOONER.slice(0, 1), { status: 'failed', fault });
    expect(words([diverged, trained(of('Base'), RISING)])).toContain('did not reach');
    const early = trained(of('Method'), [], { status: 'failed', fault });
    expect(words([early, trained(of('Base'), RISING)])).toBe(
      'Method did not reach Base’s final 80.0 %, so no speed-up can be read off.',
    );
  });

  test('gives a bound where the method was there at its first evaluation, and nothing where that says nothing', () => {
    const bound = read(pair([[4, 0.9]]))?.bracket;
    expect(bound?.label).toEqual(['at least 2.0× fewer epochs', 'one seed so far']);
    expect(read(pair([[8, 0.9]]))?.bracket).toBeUndefined();
    expect(words(pair([[8, 0.9]]))).toBe(
      'Method was at Base’s final 80.0 % when first evaluated, after 8 epochs, so no speed-up can be read off.',
    );
    expect(read(pair([[0, 0.9]]))?.bracket).toBeUndefined();
  });

  test('tells where the baseline itself first was as good: a flat, noisy end makes that early', () => {
    const flat = [...RISING.slice(0, 2), [6, 0.82], [8, 0.8]] as const;
    const runs = [trained(of('Method'), SOONER), trained(of('Base'), flat)];
    expect(words(runs)).toMatch(/Base itself was first there after 5\.67 epochs\.$/); // 4 + 2 · 10 ∕ 12
  });

  test('says how much more where the method was slower in time', () => {
    const slow = trained(of('Method'), SOONER);
    const columns = slow.series.of('accuracy');
    columns?.trainMs.forEach((ms, i) => (columns.trainMs[i] = 2 * ms));
    const bracket = read([slow, trained(of('Base'), RISING)], 'seconds')?.bracket;
    expect(bracket?.label[0]).toBe('1.25× more time');
  });

  test('does not call what is no faster faster', () => {
    const found = read([trained(of('Method'), RISING), trained(of('Base'), RISING)]);
    expect(found?.bracket?.label[0]).toBe('no fewer epochs');
  });

  test('pairs the latest runs of one build, those shown, and those of the setting', () => {
    const other = [
      trained(of('Base'), LATER, { build: 'b' }), // of no method
      trained(of('Base'), LATER, { shown: false }),
      trained({ ...(of('Base') as PlannedRun), specDigest: 'another' }, LATER),
    ];
    expect(read([...pair(), ...other])?.bracket?.y).toBe(0.8);
    const later = [trained(of('Method'), SOONER, { build: 'b' }), ...other];
    expect(read([...pair(), ...later])?.bracket?.y).toBeCloseTo(0.7, 12);
  });

  test('says nothing where the setting does not compare the two, hides them, or is not what it is about', () => {
    expect(
      read(
        pair(),
        'epoch',
        plan.filter(({ variant }) => variant === 'Base'),
      ),
    ).toBeNull();
    expect(read(pair().map((run) => ({ ...run, shown: false })))).toBeNull();
    const speedUp = { ...described.speedUp, appliesTo: { model: ['mlp'] } };
    const scene = { card: { ...card, speedUp }, runs: pair(), plan };
    expect(curveSpeedUp(scene, defaultLink(card).spec, 'epoch')).toBeNull();
    const without = { ...scene, card: smallCard };
    expect(curveSpeedUp(without, defaultLink(card).spec, 'epoch')).toBeNull();
  });
});

describe('between the lines of a sweep over budgets', () => {
  const sweep: ChartedSweep = budgets;
  const plan = planRuns(card, link([0, 1], { variants: sweepVariants(card, sweep) }));
  const numbers = seriesNumbers(card, []);
  /** Last accuracies by variant, budget and seed. */
  type Table = Record<string, Record<number, (number | undefined)[]>>;
  const runsOf = (table: Table) =>
    plan.flatMap((planned) => {
      const name = planned.spec['update'] === 'method' ? 'Method' : 'Base';
      const epochs = Number(planned.spec['epochs']);
      const accuracy = table[name]?.[epochs]?.[planned.seed];
      return accuracy === undefined ? [] : [trained(planned, [[epochs, accuracy]])];
    });
  const read = (table: Table, charted = sweep) => {
    const picture = sweepPicture(
      { card, runs: runsOf(table), plan, numbers },
      charted,
      charted.chart.metrics,
    );
    return budgetSpeedUp(card, charted, picture, 2);
  };
  const Base = { 2: [0.6, 0.6], 4: [0.7, 0.7], 8: [0.8, 0.76] };

  test('the bracket is at the baseline’s largest budget, back to where the method is as good', () => {
    const found = read({ Base, Method: { 2: [0.66, 0.66], 4: [0.76, 0.76], 8: [0.84, 0.84] } });
    // Seed 0: 0.8 at a budget of 6; seed 1: 0.76 at 4.
    const factor = Math.sqrt((8 / 6) * 2);
    expect(found?.bracket?.from).toBeCloseTo(8 / factor, 10);
    expect(found?.bracket?.to).toBeCloseTo(8, 10);
    expect(found?.bracket?.y).toBeCloseTo(0.78, 12);
    expect(found?.bracket?.label[0]).toBe('1.63× fewer epochs');
    expect(plain(found?.remark.text)).toMatch(
      /^Method reached the 78\.0 % of Base at 8 epochs, the mean of 2 seeds, at 4\.9 epochs instead of 8 epochs: 1\.63× fewer epochs, 95 % t-interval [\d.]+ to [\d.]+ over 2 seeds\.$/,
    );
  });

  test('waits for the largest budget and counts the seeds that have it', () => {
    const partly = { 2: [0.6, 0.6], 4: [0.7, 0.7] };
    const Method = { 2: [0.66], 4: [0.76], 8: [0.84] };
    expect(plain(read({ Base: partly, Method })?.remark.text)).toBe(
      'The speed-up of Method appears when Base has ended its 8 epochs.',
    );
    const first = read({ Base: { ...partly, 8: [0.8] }, Method });
    expect(first?.bracket?.label).toEqual(['1.33× fewer epochs', 'one seed so far']);
    const without = read({ Base: { ...partly, 8: [0.8] }, Method: { 2: [0.66], 4: [0.76] } });
    expect(plain(without?.remark.text)).toBe(
      'Method has yet to reach the 80.0 % of Base at 8 epochs; the speed-up appears when it has.',
    );
  });

  test('says that no budget of the method was enough', () => {
    const found = read({ Base, Method: { 2: [0.5, 0.5], 4: [0.6, 0.6], 8: [0.7, 0.7] } });
    expect(found?.bracket).toBeUndefined();
    expect(plain(found?.remark.text)).toBe(
      'Method did not reach the 78.0 % of Base at 8 epochs with budgets up to 8 epochs with any of 2 seeds, so no speed-up can be read off.',
    );
  });

  test('is drawn only where the sweep asks for it', () => {
    const chart = { x: 'knob', metrics: ['accuracy'] } as const;
    expect(read({ Base, Method: Base }, { ...budgets, chart })).toBeNull();
  });
});

describe('a factor', () => {
  test.each([
    [1, '1.00'],
    [0.374, '0.37'],
    [1.994, '1.99'],
    [1.999, '2.0'],
    [4.04, '4.0'],
    [25.2, '25'],
    [123, 'over 100'],
    [0.003, 'under 0.01'],
  ])('%d is written %s', (factor, text) => expect(factorText(factor)).toBe(text));
});

describe('a card', () => {
  const refuses = (change: object, why: RegExp) =>
    expect(() => defineCard({ ...described, ...change })).toThrow(why);
  const speedUp = (change: Partial<SpeedUp>) => ({ speedUp: { ...described.speedUp, ...change } });
  const sweep = (change: object) => ({ sweeps: [{ ...budgets, ...change }] });

  test('names variants that there are, and a metric of which higher is better', () => {
    refuses(speedUp({ method: 'Other' }), /Card sooner: no variant "Other" for its speed-up/);
    refuses(speedUp({ baseline: 'toString' }), /no variant "toString"/);
    refuses(speedUp({ metric: 'loss' }), /higher is better, not "loss"/);
    refuses(speedUp({ metric: 'missing' }), /not "missing"/);
  });

  test('shows it only in sweeps where it can be read off', () => {
    refuses({ speedUp: undefined }, /a sweep shows a speed-up, and the card has none/);
    refuses(sweep({ knob: 'model', values: ['vit', 'mlp'] }), /the sweep "Budget" .* knob of numbers/);
    refuses(sweep({ knob: 'rate', values: [1, 2] }), /on a linear scale/);
    refuses(sweep({ chart: { ...budgets.chart, x: 'flops' } }), /knob of numbers/);
    refuses(sweep({ variants: ['Method'] }), /without its metric or its variants/);
    refuses(sweep({ chart: { ...budgets.chart, metrics: ['loss'] } }), /without its metric or its variants/);
  });
});
