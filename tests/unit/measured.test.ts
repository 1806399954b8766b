import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { check } from 'prettier';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { measure, msPerStepOf, withEarlier } from '../../src/cli/measured';
import { earlierMeasured, readableJson } from '../../src/cli/measured-file';
import { cards } from '../../src/experiments/cards';
import type { Card } from '../../src/run/card';
import type { Measured } from '../../src/run/measured';
import { planRuns, type PlannedRun } from '../../src/run/plan';
import type { RunRecord } from '../../src/run/record';
import { decodeLink, defaultLink, namedVariant } from '../../src/spec/link';
import { smallCard } from './ui-small-card';

/** What is wrong with figures that stand beside a card's preset. */
function faults(card: Card, preset: string, measured: Measured): string[] {
  const found: string[] = [];
  const must = (holds: boolean, what: string) => {
    if (!holds) found.push(what);
  };
  must(measured.preset === preset, `is about ${measured.preset}`);
  must(/^\d{4}-\d\d-\d\d$/.test(measured.date), 'has no date');
  must(measured.device !== '' && measured.build !== '', 'names no device or build');
  const search = /run "(\?[^"]+)"/.exec(measured.command)?.[1] ?? '';
  const { link, problems } = decodeLink(new Map([[card.id, card]]), { search, hash: '' });
  must(problems.length === 0 && link?.preset === preset, 'its command does not open the preset');
  for (const { name, specDigest, seeds, values, flopsPerImage, msPerStep } of measured.variants) {
    const planned = link && planRuns(card, link).find(({ variant }) => variant === name);
    must(planned?.specDigest === specDigest, `${name} computes something else today`);
    must(seeds.length > 0 && seeds.every((seed) => link?.seeds.includes(seed)), `${name}: seeds`);
    must(Number.isFinite(flopsPerImage) && flopsPerImage > 0, `${name}: FLOPs`);
    for (const [metric, list] of Object.entries({ ...values, msPerStep })) {
      must(metric === 'msPerStep' || Object.hasOwn(card.metrics, metric), `${name}: no metric ${metric}`);
      must(list.length === seeds.length, `${name}: ${metric} of ${list.length} seeds`);
      must(list.every(Number.isFinite), `${name}: ${metric} is not finite`);
    }
  }
  return found;
}

describe('figures kept beside the cards', () => {
  test('are of what the presets compute today', () => {
    for (const card of cards.values())
      for (const [preset, { measured }] of Object.entries(card.presets))
        if (measured)
          expect([card.id, preset, faults(card, preset, measured)]).toEqual([card.id, preset, []]);
  });
});

const card: Card = {
  ...smallCard,
  metrics: {
    ...smallCard.metrics,
    zero: { label: 'Before training', unit: '%', better: 'higher', shownIn: 'table' },
    norm: { label: 'Norm', unit: '', better: 'neither', shownIn: 'chart' },
  },
};
const link = { ...defaultLink(card), seeds: [0, 1] };
const columns = (metric: string, ...value: number[]) => ({
  metric,
  step: Float64Array.from(value, (_, i) => 10 * (i + 1)),
  // The first steps compile: 100 ms and more, then 2 ms a step.
  trainMs: Float64Array.from(value, (_, i) => 100 + 20 * i),
  value: Float64Array.from(value),
});

function record(planned: PlannedRun, accuracy: number, change: Partial<RunRecord> = {}): RunRecord {
  return {
    schema: 2,
    origin: 'here',
    ...planned,
    id: `${planned.variant} ${planned.seed}`,
    build: '1.2.3',
    createdAt: 0,
    status: 'done',
    device: { backend: 'wasm', adapter: 'WebAssembly', software: true },
    facts: {
      ...{
        totalSteps: 40,
        batchSize: 1,
        epochExamples: 1,
        parameters: 1,
        flopsPerImage: 5,
        flopsPerStep: 15,
      },
      ...{ dataDigest: '', initDigest: '', details: {} },
    },
    notes: [],
    series: [
      columns('accuracy', 0.1, 0.2, 0.3, accuracy),
      columns('loss', 3, 2, 1, 1 / 3),
      columns('norm', 1),
    ],
    ...change,
  };
}
const about = { preset: 'demo', date: '2026-11-22', options: ' --backend wasm' };
const run = (setting = link, accuracy = 0.5, change: Partial<RunRecord> = {}): Measured =>
  measure(
    card,
    planRuns(card, setting).map((planned) => record(planned, accuracy + planned.seed / 100, change)),
    about,
  );

describe('figures from records', () => {
  test('are the last values of the table’s metrics that every run told, by seed', () => {
    expect(run()).toEqual({
      preset: 'demo',
      device: 'WebAssembly',
      date: '2026-11-22',
      build: '1.2.3',
      command: 'npm run lab -- run "?e=small&seeds=0-1&v=1" --backend wasm',
      variants: ['Method', 'Base'].map((name) => ({
        name,
        specDigest: planRuns(card, link).find(({ variant }) => variant === name)?.specDigest,
        seeds: [0, 1],
        values: { accuracy: [0.5, 0.51], loss: [0.333333, 0.333333] },
        flopsPerImage: 5,
        msPerStep: [2, 2],
      })),
    });
  });

  test('leave out a metric that one of the seeds did not tell', () => {
    const [first, second] = planRuns(card, { ...link, variants: [namedVariant(card, 'Method')] });
    if (!first || !second) throw new Error('two seeds');
    const told = record(first, 0.5, { series: [columns('accuracy', 0.5), columns('zero', 0.2)] });
    expect(measure(card, [told, record(second, 0.6)], about).variants[0]?.values).toEqual({
      accuracy: [0.5, 0.6],
    });
  });

  test('time the second half of a run', () => {
    expect(msPerStepOf({ series: [columns('loss', 1, 1, 1, 1)] })).toBe(2);
    expect(msPerStepOf({ series: [columns('accuracy', 1), columns('loss', 1, 1, 1)] })).toBe(2);
    expect(msPerStepOf({ series: [columns('accuracy', 1)] })).toBe(10); // one report: the whole run
    expect(msPerStepOf({ series: [] })).toBeNaN();
  });

  test('pass their own check, which finds what has gone stale', () => {
    const good = run();
    expect(faults(card, 'demo', good)).toEqual([]);
    expect(faults(card, 'smoke', good)).toContain('is about demo');
    const wider = {
      ...card,
      presets: { ...card.presets, demo: { label: '', about: '', spec: { width: 32 } } },
    };
    expect(faults(wider, 'demo', good)).toEqual([
      'Method computes something else today',
      'Base computes something else today',
    ]);
    const [variant] = good.variants;
    if (!variant) throw new Error('there is one');
    const broken = (change: object) =>
      faults(card, 'demo', { ...good, variants: [{ ...variant, ...change }] });
    expect(broken({ values: { accuracy: [0.5] } })).toEqual(['Method: accuracy of 1 seeds']);
    expect(broken({ values: { accuracy: [0.5, null] } })).toEqual(['Method: accuracy is not finite']);
    expect(broken({ values: { speed: [1, 1] } })).toEqual(['Method: no metric speed']);
  });
});

describe('figures of several commands', () => {
  const merge = (fresh: Measured, old: Measured | null) => withEarlier(card, fresh, old, about.options);

  test('of one device unite their seeds; a seed run again counts as it is now', () => {
    const merged = merge(run({ ...link, seeds: [1, 4] }, 0.7), run());
    expect(merged.variants.map(({ seeds, values }) => [seeds, values['accuracy']])).toEqual([
      [
        [0, 1, 4],
        [0.5, 0.71, 0.74],
      ],
      [
        [0, 1, 4],
        [0.5, 0.71, 0.74],
      ],
    ]);
    expect(merged.variants[0]?.msPerStep).toEqual([2, 2, 2]);
    expect(merged.command).toBe('npm run lab -- run "?e=small&seeds=0-1,4&v=1" --backend wasm');
    expect(faults(card, 'demo', merged)).toEqual([]);
  });

  test('keep variants that were not run now, and add new ones', () => {
    const other = run({ ...link, variants: [namedVariant(card, 'Other')], seeds: [0] });
    const merged = merge(other, run());
    expect(merged.variants.map(({ name, seeds }) => [name, seeds])).toEqual([
      ['Method', [0, 1]],
      ['Base', [0, 1]],
      ['Other', [0]],
    ]);
    expect(merged.command).toContain('vs=Method|Base|Other&seeds=0-1');
    expect(faults(card, 'demo', merged)).toEqual([]);
  });

  test('replace a variant that computes something else now, and all of another device', () => {
    const old = run();
    const stale = { ...old, variants: old.variants.map((variant) => ({ ...variant, specDigest: 'old' })) };
    const now = run({ ...link, variants: [namedVariant(card, 'Method')], seeds: [7] });
    expect(merge(now, stale).variants.map(({ name, seeds }) => [name, seeds])).toEqual([
      ['Method', [7]],
      ['Base', [0, 1]],
    ]);
    const elsewhere = { ...run(), device: 'Other card' };
    expect(merge(now, elsewhere)).toBe(now);
    expect(merge(now, null)).toBe(now);
  });
});

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'seedlab-measured-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
const file = (name: string) => path.join(folder, name);

describe('the file', () => {
  test('is written as the project’s formatter wants it, and read again', async () => {
    const many = Array.from({ length: 20 }, (_, seed) => seed);
    for (const measured of [run(), run({ ...link, seeds: many }, 1 / 3)]) {
      const text = `${readableJson(measured)}\n`;
      expect(await check(text, { parser: 'json', printWidth: 110 }), text).toBe(true);
      await writeFile(file('round.json'), text);
      expect(await earlierMeasured(file('round.json'), card, link)).toEqual(measured);
    }
  });

  test('is refused where it is something else, and the link where it is no preset', async () => {
    const message = async (name: string, setting = link) =>
      earlierMeasured(file(name), card, setting).then(
        () => null,
        (error: unknown) => (error instanceof Error ? error.message : ''),
      );
    await writeFile(file('other.json'), '{"name": "seedlab"}');
    await writeFile(file('broken.json'), '{"preset": ');
    await writeFile(file('smoke.json'), readableJson({ ...run(), preset: 'smoke' }));
    expect(await message('none.json')).toBeNull();
    expect(await message('other.json')).toContain('holds something else');
    expect(await message('broken.json')).toContain('holds something else');
    expect(await message('smoke.json')).toContain('is about the preset smoke');
    expect(await message('none.json', { ...link, spec: { ...link.spec, width: 32 } })).toContain(
      'the link changes width',
    );
  });
});

describe('the command', () => {
  const lab = (...args: string[]) =>
    new Promise<{ code: number | null; stderr: string }>((resolve) => {
      const child = spawn(process.execPath, ['scripts/lab.mjs', ...args]);
      let stderr = '';
      child.stdout.resume();
      child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
      child.once('close', (code) => {
        resolve({ code, stderr });
      });
    });
  const TINY = 'batch:8,depth:2,duration:3,evalEvery:0,testExamples:100,trainExamples:200,width:8';
  const search = (vs: string, seeds: string) =>
    `?${new URLSearchParams({ e: 'mixture-of-depths', p: 'smoke', vs, seeds }).toString()}`;
  const read = async (name: string) => JSON.parse(await readFile(file(name), 'utf8')) as Measured;

  test('writes what real runs gave, adds seeds, and leaves the file alone when a run fails', async () => {
    const common = ['--backend', 'wasm', '--quiet', '--measured', file('new/tiny.json')];
    const first = await lab('run', search(TINY, '0'), ...common);
    expect(first.code, first.stderr).toBe(0);
    const second = await lab('run', search(TINY, '2'), ...common);
    expect(second.code, second.stderr).toBe(0);
    const measured = await read('new/tiny.json');
    const experiment = cards.get('mixture-of-depths');
    if (!experiment) throw new Error('the first experiment is there');
    expect(measured.date).toBe(new Date().toISOString().slice(0, 10));
    expect(measured.command).toContain('&seeds=0,2&');
    expect(measured.command).toMatch(/ --backend wasm$/);
    expect(measured.variants).toHaveLength(1);
    expect(faults(experiment, 'smoke', measured)).toEqual([]);
    const [variant] = measured.variants;
    expect(variant).toMatchObject({ name: TINY, seeds: [0, 2] });
    const accuracies = variant?.values['testAccuracy'] ?? [];
    expect(accuracies).toHaveLength(2);
    for (const accuracy of accuracies) {
      expect(accuracy).toBeGreaterThanOrEqual(0);
      expect((accuracy * 100) % 1).toBeCloseTo(0, 4); // a share of 100 images
    }

    const before = await readFile(file('new/tiny.json'), 'utf8');
    const wild = TINY.replace('duration:3', 'duration:200')
      .replace('evalEvery', 'learningRate:1,momentum:0.999,optimizer:sgd,schedule:constant,evalEvery')
      .replace('batch:8', 'batch:32');
    const failed = await lab('run', search(`${TINY}|${wild}`, '0'), ...common);
    expect(failed.code, failed.stderr).toBe(1);
    expect(failed.stderr).toContain('is left as it was: 1 of 2 runs are done');
    expect(await readFile(file('new/tiny.json'), 'utf8')).toBe(before);
  }, 240_000); // the command may have to be built first

  test('refuses what would not be the preset, before anything runs', async () => {
    const target = ['--measured', file('never.json')];
    const changed = await lab('run', `${search('A-MoD', '0')}&width=16`, ...target);
    expect(changed).toMatchObject({ code: 2, stderr: expect.stringContaining('changes width') as string });
    const steps = await lab('run', search('A-MoD', '0'), '--steps', '3', ...target);
    expect(steps).toMatchObject({ code: 2, stderr: expect.stringContaining('--steps would run') as string });
    await expect(readFile(file('never.json'))).rejects.toThrow('ENOENT');
  });
});
