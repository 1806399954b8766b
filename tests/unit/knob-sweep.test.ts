import { describe, expect, test } from 'vitest';
import type { Sweep } from '../../src/run/card';
import { planRuns, type PlannedRun } from '../../src/run/plan';
import { defaultLink, namedVariant, type Link } from '../../src/spec/link';
import { plotArea } from '../../src/ui/charts/plot-area';
import {
  asTrace,
  nearestTo,
  placedOf,
  sweepDomains,
  sweepScale,
  sweepTicks,
} from '../../src/ui/charts/sweep/placed';
import { drawnSweep, metricsByUnit } from '../../src/ui/drawn-sweep';
import { seriesNumbers } from '../../src/ui/series-numbers';
import { offeredSweeps, sweepVariants, type ChartedSweep } from '../../src/ui/sweep';
import { sweepPicture, type SweptRun } from '../../src/ui/sweep-picture';
import { derivationOf } from '../../src/ui/variant-name';
import { knobSweptCard as card } from './ui-knob-swept-card';
import { sweptCard } from './ui-swept-card';

function chartedSweep(label: string): ChartedSweep {
  const sweep = card.sweeps?.find((known: Sweep) => known.label === label);
  if (!sweep?.chart) throw new Error(`${label} has a chart`);
  return { ...sweep, chart: sweep.chart };
}
const temperature = chartedSweep('Temperature');
const pairs = chartedSweep('Pairs');
const usual = defaultLink(card);
const linkOf = (sweep: Sweep, seeds = [0]): Link => ({
  ...usual,
  variants: sweepVariants(card, sweep),
  seeds,
});

let made = 0;
const done = (planned: PlannedRun, values: Record<string, number>): SweptRun => ({
  ...planned,
  id: String(made++),
  status: 'done',
  shown: true,
  facts: undefined,
  series: { latest: (metric) => values[metric] },
});
/** Every run of a link is done; Δm is `of` its setting. */
const allDone = (link: Link, of: (run: PlannedRun) => number): SweptRun[] =>
  planRuns(card, link).map((run) => done(run, { deltaM: of(run), early: of(run) + 0.1, seconds: 7 }));
const sceneOf = (link: Link, runs: readonly SweptRun[]) => ({
  card,
  runs,
  plan: planRuns(card, link),
  numbers: seriesNumbers(
    card,
    link.variants.map(({ name }) => name),
  ),
});
const logOf = ({ spec, seed }: PlannedRun): number =>
  spec['method'] === 'equal' ? 0.02 : -0.01 * Math.log10(Number(spec['temperature'])) + 0.001 * seed;

describe('a sweep drawn along its knob', () => {
  const link = linkOf(temperature, [0, 1]);
  const scene = sceneOf(link, allDone(link, logOf));

  test('places each setting at the knob’s value, with mean and interval', () => {
    const picture = sweepPicture(scene, temperature, ['deltaM']);
    const [swept] = picture.lines;
    expect(swept).toMatchObject({ name: 'Softmax', color: 1, level: false });
    expect(swept?.points.map(({ x }) => x)).toEqual([0.5, 5, 50]);
    expect(swept?.points[1]?.mean).toBeCloseTo(-0.01 * Math.log10(5) + 0.0005, 12);
    expect(swept?.points[1]?.half).toBeCloseTo((12.7062 * 0.001) / 2, 6);
    expect(swept?.points[0]?.setting).toBe('temperature 0.5');
  });

  test('draws what the knob does not change as a level, of no setting', () => {
    const picture = sweepPicture(scene, temperature, ['deltaM']);
    expect(picture.lines[1]).toMatchObject({
      name: 'Equal',
      color: 0,
      level: true,
      points: [{ x: null, setting: '', mean: 0.02 }],
    });
    // Not beside the sweep in the card, but the temperature has no effect on it either.
    const also = { ...usual, variants: [...usual.variants, namedVariant(card, 'Inverse')] };
    const { lines } = sweepPicture(sceneOf(also, []), temperature, ['deltaM']);
    expect(lines.map(({ name, level }) => [name, level])).toEqual([
      ['Softmax', false],
      ['Equal', true],
      ['Inverse', true],
    ]);
  });

  test('tells metrics of one variant apart by dash and marker, and names both', () => {
    const { lines, metrics } = sweepPicture(scene, temperature, ['early', 'deltaM']);
    expect(metrics.map(({ label }) => label)).toEqual(['Δm at a quarter', 'Δm']);
    expect(lines.map(({ name, color, hollow, dash }) => [name, color, hollow, dash.length > 0])).toEqual([
      ['Softmax, Δm at a quarter', 1, false, false],
      ['Softmax, Δm', 1, true, true],
      ['Equal, Δm at a quarter', 0, false, false],
      ['Equal, Δm', 0, true, true],
    ]);
    expect(new Set(lines.map(({ id }) => id)).size).toBe(4);
    const alone = linkOf({ ...temperature, beside: [] });
    expect(
      sweepPicture(sceneOf(alone, []), temperature, ['early', 'deltaM']).lines.map(({ name }) => name),
    ).toEqual(['Δm at a quarter', 'Δm']);
  });

  test('gives metrics of one unit one chart, without those that no run tells', () => {
    expect(metricsByUnit(card, temperature, scene.plan)).toEqual([['early', 'deltaM'], ['seconds']]);
    const bare = planRuns(card, { ...link, spec: { ...link.spec, baselines: false } });
    expect(metricsByUnit(card, temperature, bare)).toEqual([['seconds']]);
  });
});

describe('its axis', () => {
  const area = plotArea(600, 300, 20, 0);
  const axisOf = (sweep: ChartedSweep, link = linkOf(sweep)) =>
    sweepPicture(sceneOf(link, []), sweep, ['deltaM']).axis;

  test('of a log knob is a log axis, known before any run is done', () => {
    const axis = axisOf(temperature);
    expect(axis).toMatchObject({ scale: 'log', title: 'Temperature', ending: 'by temperature' });
    const { x } = sweepDomains(axis, [], undefined);
    expect(x[0]).toBeLessThan(0.5);
    expect(x[0]).toBeGreaterThan(0.25);
    const scale = sweepScale(axis, x, area);
    expect(scale(5) - scale(0.5)).toBeCloseTo(scale(50) - scale(5), 8);
  });

  test('of lists of numbers puts them side by side, in the sweep’s order and then as found', () => {
    const more = { name: 'x', diff: { method: 'fixed', weights: '0.3 0.7' } };
    const link = { ...linkOf(pairs), variants: [more, ...sweepVariants(card, pairs).toReversed()] };
    const axis = axisOf(pairs, link);
    expect(axis.scale).toBe('places');
    expect(axis.values).toEqual([
      { value: 0, label: '0.1, 0.9' },
      { value: 1, label: '0.5, 0.5' },
      { value: 2, label: '0.9, 0.1' },
      { value: 3, label: '0.3, 0.7' },
    ]);
    expect(sweepDomains(axis, [], undefined).x).toEqual([-0.5, 3.5]);
  });

  test('writes as many of the values as have room, and marks the others', () => {
    const axis = axisOf(temperature);
    const x = sweepScale(axis, sweepDomains(axis, [], undefined).x, area);
    const labels = (width: number) => sweepTicks(axis, x, area, () => width).map(({ label }) => label);
    expect(labels(40)).toEqual(['0.5', '5', '50']);
    expect(labels(300)).toEqual(['0.5', '', '50']);
    expect(labels(900)).toEqual(['0.5', '', '']);
  });
});

describe('its points', () => {
  const link = linkOf(temperature);
  const picture = sweepPicture(sceneOf(link, allDone(link, logOf)), temperature, ['deltaM']);
  const placed = placedOf(picture);

  test('are visited from left to right, level lines last', () => {
    expect(placed.map(({ point }) => point.x)).toEqual([0.5, 5, 50, null]);
  });

  test('are found by the pointer, a level line anywhere along it', () => {
    const at = ({ x, mean }: { x: number | null; mean: number }) => ({
      left: x === null ? null : 100 * Math.log10(x),
      top: -1000 * mean,
    });
    const found = (left: number, top: number) =>
      nearestTo(placed, at, { left, top }, 15)?.line.name ?? 'nothing';
    expect(found(70, 7)).toBe('Softmax');
    expect(found(-500, -18)).toBe('Equal');
    expect(found(400, -18)).toBe('Equal');
    expect(found(400, 40)).toBe('nothing');
  });

  test('name their line at its end, a level one at the right edge', () => {
    const ends = picture.lines.map((line) => asTrace(line, 60).line.x.at(-1));
    expect(ends).toEqual([50, 60]);
  });
});

describe('the sweep that is drawn', () => {
  const drawn = (link: Link, runs: readonly SweptRun[] = []) => drawnSweep(sceneOf(link, runs), link)?.label;

  test('is the one whose variants are compared', () => {
    expect(drawn(linkOf(temperature))).toBe('Temperature');
    expect(drawn(linkOf(pairs))).toBe('Pairs');
    expect(drawn(linkOf(pairs), allDone(linkOf(temperature), logOf))).toBe('Pairs');
  });

  test('or one over a knob of which two runs are done', () => {
    expect(drawn(usual)).toBeUndefined();
    const some = { ...usual, variants: sweepVariants(card, temperature).slice(0, 2) };
    const [one, two] = allDone(some, logOf);
    if (!one || !two) throw new Error('two runs');
    expect(drawn(usual, [one])).toBeUndefined();
    expect(drawn(usual, [one, two])).toBe('Temperature');
    expect(drawn({ ...usual, spec: { ...usual.spec, scales: '2' } }, [one, two])).toBeUndefined();
  });

  test('or the first that is drawn against FLOPs, whatever is compared', () => {
    const link = defaultLink(sweptCard);
    const scene = { card: sweptCard, runs: [], plan: planRuns(sweptCard, link), numbers: new Map() };
    expect(drawnSweep(scene, link)?.chart.x).toBe('flops');
  });

  test('applies to the setting', () => {
    const link = { ...linkOf(pairs), spec: { ...usual.spec, baselines: false } };
    expect(drawn(link)).toBeUndefined();
  });
});

describe('sweeps on offer', () => {
  const labels = (link: Link) => offeredSweeps(card, link).map(({ label }) => label);
  const bare = { ...usual.spec, baselines: false };

  test('are those that apply to the setting, and the one that is set', () => {
    expect(labels(usual)).toEqual(['Temperature', 'Pairs', 'Triples']);
    expect(labels({ ...usual, spec: bare })).toEqual(['Temperature', 'Triples']);
    expect(labels({ ...linkOf(pairs), spec: bare })).toEqual(['Temperature', 'Pairs', 'Triples']);
  });

  test('of two over one knob, a variant comes from the one that has its value', () => {
    const sweepOf = (name: string) => derivationOf(card, name).sweep?.label;
    expect(sweepOf('method:fixed,weights:0.5 0.5')).toBe('Pairs');
    expect(sweepOf('method:fixed,weights:0.2 0.2 0.6')).toBe('Triples');
    expect(sweepOf('method:fixed,weights:0.3 0.7')).toBe('Pairs');
  });
});
