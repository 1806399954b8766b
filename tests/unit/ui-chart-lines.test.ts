import { describe, expect, test } from 'vitest';
import type { Origin } from '../../src/run/record';
import type { PlannedRun } from '../../src/run/plan';
import type { XAxis } from '../../src/run/x-axis';
import { chartLines, chartMeans } from '../../src/ui/chart-lines';
import { LabRun } from '../../src/ui/lab-run.svelte';
import { smallCard } from './ui-small-card';

let made = 0;

interface Told {
  width?: number;
  build?: string;
  origin?: Origin;
  steps?: readonly number[];
}

function planned(variant: string, seed: number, width = 64): PlannedRun {
  const spec = { router: variant === 'Base' ? 'dense' : 'amod', width };
  return { experiment: 'small', variant, seed, spec, specDigest: `${variant} ${width}` };
}

function run(
  variant: string,
  seed: number,
  { width, build = 'b', origin = 'here', steps = [10, 20] }: Told = {},
) {
  const lab = new LabRun(planned(variant, seed, width), {
    id: String(made++),
    build,
    createdAt: made,
    origin,
  });
  const step = Float64Array.from(steps);
  lab.series.append({ metric: 'loss', step, trainMs: step.map((at) => 100 * at * (1 + seed)), value: step });
  return lab;
}

const sceneOf = (runs: readonly LabRun[], axis: XAxis = 'step') => ({
  ...{ card: smallCard, runs, axis },
  plan: [planned('Method', 0), planned('Base', 0)],
  numbers: new Map([['Base', 0], ['Method', 1]]), // prettier-ignore
});
const drawn = (runs: readonly LabRun[], axis?: XAxis) => {
  const { lines, groups } = chartMeans(sceneOf(runs, axis), 'loss');
  return {
    lines: lines.map(({ label, weight }) => [label, weight]),
    groups: groups.map(({ label, weight, members }) => [label, weight, members.length]),
  };
};

describe('seeds of one setting', () => {
  test('are drawn together where there are several, alone where there is one', () => {
    expect(drawn([run('Method', 0), run('Base', 0), run('Method', 1)])).toEqual({
      lines: [['Base', 'other']],
      groups: [['Method', 'method', 2]],
    });
  });

  test('of another build or from elsewhere are not averaged with these, and step back', () => {
    expect(drawn([run('Method', 0, { build: 'c' }), run('Method', 1)])).toEqual({
      lines: [
        ['Method, build c', 'seed'],
        ['Method', 'method'],
      ],
      groups: [],
    });
    const recorded = [run('Method', 0, { origin: 'recorded' }), run('Method', 1, { origin: 'recorded' })];
    expect(drawn(recorded).groups).toEqual([['Method', 'method', 2]]);
    expect(drawn([run('Method', 0), run('Method', 1), ...recorded]).groups).toEqual([
      ['Method', 'method', 2],
      ['Method, recorded', 'seed', 2],
    ]);
  });

  test('of an earlier setting step back', () => {
    const earlier = [run('Method', 0, { width: 16 }), run('Method', 1, { width: 16 })];
    const scene = sceneOf([...earlier, run('Method', 0), run('Method', 1)]);
    expect(
      chartMeans(scene, 'loss').groups.map(({ label, weight, meanOnly }) => [label, weight, meanOnly]),
    ).toEqual([
      ['Method, width 16\u00a0features', 'seed', true],
      ['Method', 'method', false],
    ]);
  });

  test('count once: a repeated seed by its later run', () => {
    const again = run('Method', 0);
    const { groups } = chartMeans(sceneOf([run('Method', 0), run('Method', 1), again]), 'loss');
    expect(groups[0]?.members.map(({ id }) => id)).toContain(again.id);
    expect(groups[0]?.members).toHaveLength(2);
    expect(groups[0]).toMatchObject({ label: 'Method', weight: 'method' });
    expect(drawn([run('Method', 0), run('Method', 0)]).lines).toEqual([['Method', 'method']]);
  });

  test('that report at other steps, as by the clock, have no mean', () => {
    const runs = [run('Method', 0, { steps: [3, 9, 17] }), run('Method', 1, { steps: [4, 9, 16] })];
    expect(drawn(runs)).toEqual({ lines: [['Method', 'method'], ['', 'seed']], groups: [] }); // prettier-ignore
    const nearly = [run('Method', 0, { steps: [10, 20, 30] }), run('Method', 1, { steps: [10, 20] })];
    expect(drawn(nearly).groups).toHaveLength(1);
  });

  test('lie at equal places but on the axis of seconds', () => {
    const runs = [run('Method', 0), run('Method', 1)];
    expect(chartMeans(sceneOf(runs), 'loss').groups[0]?.sharedX).toBe(true);
    expect(chartMeans(sceneOf(runs, 'seconds'), 'loss').groups[0]?.sharedX).toBe(false);
  });

  test('are curves of their own where they are asked for', () => {
    const lines = chartLines(sceneOf([run('Method', 0), run('Method', 1)]), 'loss');
    expect(lines.map(({ label, weight }) => [label, weight])).toEqual([
      ['Method', 'method'],
      ['', 'seed'],
    ]);
  });
});
