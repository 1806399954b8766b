import fc from 'fast-check';
import { readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readArguments } from '../../src/cli/arguments';
import { evenly, recordedForm, thumbnailOf } from '../../src/cli/recording';
import { cards } from '../../src/experiments/cards';
import type { RecordingFile } from '../../src/experiments/recorded';
import { decodeBundle } from '../../src/run/bundle';
import { planRuns } from '../../src/run/plan';
import { RECORD_SCHEMA, type RunRecord } from '../../src/run/record';
import type { Recording } from '../../src/run/recording';
import { decodeLink } from '../../src/spec/link';
import { paletteOrder, thumbnailPanels } from '../../src/ui/home/thumbnail-picture';
import { LabRun } from '../../src/ui/lab-run.svelte';
import { cutRecord, stepsOf } from '../../src/ui/recorded-runs-cut';
import {
  judgedTogether,
  matchesOf,
  offeredRecordings,
  withRecorded,
} from '../../src/ui/recorded-runs-choice';
import { seriesNumbers } from '../../src/ui/series-numbers';
import { judgeClaim } from '../../src/ui/verdict-of-runs';
import { listingOf } from '../../src/run/listing';

const about = import.meta.glob<Recording>('../../src/experiments/*/recorded/*.json', {
  eager: true,
  import: 'default',
});
const KB = 1024;

describe.each(Object.entries(about))('the recording %s', (path, recording) => {
  const file = path.replace('../../', '').replace(/\.json$/, '.seedlab');
  const card = cards.get(recording.experiment);
  if (!card) throw new Error(`${path} is of no experiment`);

  test('is of a preset as it is today, under its name', () => {
    expect(path).toBe(`../../src/experiments/${card.id}/recorded/${recording.preset}.json`);
    const { link, problems } = decodeLink(cards, { search: recording.link, hash: '' });
    expect(problems).toEqual([]);
    expect(link?.preset).toBe(recording.preset);
    const digests = new Set(link && planRuns(card, link).map(({ specDigest }) => specDigest));
    // Where this fails the preset has changed since: `npm run lab -- record "<link>"` records it anew.
    for (const { specDigest } of recording.runs) expect(digests).toContain(specDigest);
    expect(matchesOf(recording, link ? planRuns(card, link) : [])).toBeGreaterThan(0);
  });

  test('is small', () => {
    expect(statSync(file).size).toBeLessThanOrEqual(400 * KB);
    expect(JSON.stringify(recording).length).toBeLessThanOrEqual(3 * KB);
  });

  test('says what its file holds', async () => {
    const bundle = await decodeBundle(Uint8Array.from(readFileSync(file)));
    expect(bundle.link).toBe(recording.link);
    const told = recording.runs.flatMap(({ variant, specDigest, seeds }) =>
      seeds.map((seed) => `${variant} ${specDigest} ${seed}`),
    );
    const held = bundle.records.map(({ variant, specDigest, seed }) => `${variant} ${specDigest} ${seed}`);
    expect(held.toSorted()).toEqual(told.toSorted());
    for (const record of bundle.records) {
      expect(record).toMatchObject({ origin: 'recorded', status: 'done', device: recording.device });
      expect(record.series.length).toBeGreaterThan(0);
    }
    const runs = bundle.records.map((record) => LabRun.fromRecord(record));
    for (const { metric, method, baseline, state, pairs } of recording.claims) {
      const claim = card.claims.find(
        (one) => one.metric === metric && one.method === method && one.baseline === baseline,
      );
      if (!claim) throw new Error(`the card claims nothing of ${method} in ${metric}`);
      expect(judgeClaim(card, claim, runs).verdict).toMatchObject({ state, n: pairs });
    }
  });

  test('is drawn in the colours of the experiment’s page', () => {
    const variants = recording.runs.map(({ variant }) => variant);
    const numbers = seriesNumbers(card, variants);
    const order = paletteOrder(card, variants);
    for (const variant of variants)
      expect([variant, order.get(variant)]).toEqual([variant, numbers.get(variant)]);
    const panels = thumbnailPanels(listingOf(card), recording.thumbnail);
    expect(panels.map(({ variant }) => variant)).toEqual(variants);
    for (const { paths } of panels) for (const path of paths) expect(path).toMatch(/^M[\d.]+ [\d.]+L/);
  });
});

const record = (variant: string, seed: number, steps = 10): RunRecord => {
  const step = Float64Array.from({ length: steps + 1 }, (_, i) => i);
  return {
    schema: RECORD_SCHEMA,
    id: `${variant} ${seed}`,
    experiment: 'tract',
    ...{ variant, seed, spec: {}, specDigest: `digest of ${variant}`, build: 'b', createdAt: 0 },
    ...{ status: 'done', origin: 'here' },
    notes: [{ step: 4, what: 'paused' }],
    series: [
      { metric: 'testAccuracy', step, trainMs: step, value: step.map((s) => s / 10) },
      { metric: 'rare', step: step.slice(0, 1), trainMs: step.slice(0, 1), value: step.slice(0, 1) },
    ],
    snapshots: Array.from({ length: steps + 1 }, (_, i) => ({ name: 'filters', step: i, arrays: {} })),
  };
};

describe('what is recorded', () => {
  test('`evenly` keeps the first, the last and the order, and no more than asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 2, max: 60 }), (length, count) => {
        const items = Array.from({ length }, (_, i) => i);
        const kept = evenly(items, count);
        expect(kept).toHaveLength(Math.min(length, count));
        expect([kept[0], kept.at(-1)]).toEqual([0, length - 1]);
        expect(kept).toEqual(kept.toSorted((a, b) => a - b));
        const gaps = kept.slice(1).map((one, i) => one - (kept[i] ?? 0));
        expect(Math.max(0, ...gaps) - Math.min(...gaps, Infinity)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('series and facts stay, snapshots are thinned', () => {
    const whole = record('TrAct', 0);
    const form = recordedForm(whole, 3);
    expect(form.snapshots?.map(({ step }) => step)).toEqual([0, 5, 10]);
    expect({ ...form, origin: 'here', snapshots: whole.snapshots }).toEqual(whole);
    expect(form.origin).toBe('recorded');
    expect(recordedForm(whole, 0).snapshots).toBeUndefined();
  });

  test('a run is shipped with times to a sixteenth of a millisecond', () => {
    const [columns] = record('TrAct', 0).series;
    if (!columns) throw new Error('no series');
    const timed = { ...columns, trainMs: columns.trainMs.map((_, i) => 100 * i + 1 / 3) };
    const [shipped] = recordedForm({ ...record('TrAct', 0), series: [timed] }, 3).series;
    expect(shipped?.value).toEqual(timed.value);
    expect(Array.from(shipped?.trainMs ?? [])).toEqual(Array.from(timed.trainMs, (_, i) => 100 * i + 0.3125));
  });

  test('a thumbnail has every run at the same steps, and gaps where one told nothing', () => {
    const card = cards.get('tract');
    if (!card) throw new Error('no TrAct');
    const diverged = record('Vanilla', 0);
    const [first] = diverged.series;
    if (first) first.value[10] = NaN;
    const { steps, curves } = thumbnailOf(card, [record('TrAct', 1), record('TrAct', 0), diverged]);
    expect(steps).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(curves.map(({ variant, values }) => [variant, values.length])).toEqual([
      ['TrAct', 2],
      ['Vanilla', 1],
    ]);
    expect(curves[1]?.values[0]?.at(-1)).toBe(null);
    expect(curves[0]?.values[0]?.[3]).toBe(0.3);
  });

  test('the command is read', () => {
    expect(readArguments(['record', '?e=tract', '--add', '--backend', 'webgpu', '--busy'])).toEqual({
      ...{ name: 'record', link: '?e=tract', quiet: false },
      ...{ backend: 'webgpu', add: true, busy: true },
    });
    expect(() => readArguments(['record'])).toThrow('needs a link');
    expect(() => readArguments(['record', '?e=tract', '--steps', '3'])).toThrow('no option --steps');
    expect(() => readArguments(['run', '?e=tract', '--add'])).toThrow('no option --add');
    expect(readArguments(['list', '--write'])).toEqual({ name: 'list', json: false, write: true });
  });
});

describe('a replay', () => {
  const whole = record('TrAct', 0);

  test('shows what the run had told by then, and leaves the record as it is', () => {
    const cut = cutRecord(whole, 6.9);
    expect(cut.series.map(({ step }) => [...step])).toEqual([[0, 1, 2, 3, 4, 5, 6], [0]]);
    expect(cut.snapshots?.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(cut.notes).toEqual(whole.notes);
    expect(cutRecord(whole, 3).notes).toEqual([]);
    expect(whole.series[0]?.step).toHaveLength(11);
  });

  test('ends with all of it', () => {
    expect(stepsOf(whole)).toBe(10);
    expect(cutRecord(whole, stepsOf(whole))).toEqual(whole);
  });
});

describe('recorded runs beside others', () => {
  type Run = Parameters<typeof judgedTogether>[0][number];
  const recorded: Run = { specDigest: 'a', seed: 0, origin: 'recorded', status: 'done', step: 9 };
  const own: Run = { specDigest: 'a', seed: 0, origin: 'here', status: 'running', step: 1 };
  const plan = [{ specDigest: 'a', seed: 0 }];

  test('stand until a run of one’s own of the same setting and seed reports', () => {
    expect(withRecorded([recorded], [], plan)).toEqual([recorded]);
    const waiting: Run = { ...own, status: 'queued', step: 0 };
    expect(withRecorded([recorded], [waiting], plan)).toEqual([recorded, waiting]);
    expect(withRecorded([recorded], [own], plan)).toEqual([own]);
    const other = { ...own, seed: 1 };
    expect(withRecorded([recorded], [other], plan)).toEqual([recorded, other]);
    expect(withRecorded([recorded], [{ ...own, origin: 'imported' }], plan)).toEqual([
      { ...own, origin: 'imported' },
    ]);
  });

  test('are left out where the setting asks for something else', () => {
    expect(withRecorded([recorded], [], [{ specDigest: 'b', seed: 0 }])).toEqual([]);
    expect(withRecorded([recorded], [], [{ specDigest: 'a', seed: 1 }])).toEqual([]);
  });

  test('are never judged together with others', () => {
    const baseline = { ...recorded, specDigest: 'b' };
    expect(judgedTogether([recorded, baseline])).toEqual([recorded, baseline]);
    expect(judgedTogether([baseline, own])).toEqual([own]);
    expect(judgedTogether([recorded, { ...own, status: 'queued', step: 0 }])).toEqual([recorded]);
    expect(judgedTogether([own])).toEqual([own]);
    expect(judgedTogether([])).toEqual([]);
  });

  test('are offered by what they computed, with the seeds that are not asked for', () => {
    const file = {
      url: 'x',
      about: { experiment: 'e', runs: [{ variant: 'v', specDigest: 'a', seeds: [0, 1, 2] }] },
    } as unknown as RecordingFile;
    expect(offeredRecordings([file], 'e', plan)).toEqual({
      ...{ present: [file], elsewhere: null },
      furtherSeeds: [1, 2],
    });
    expect(offeredRecordings([file], 'e', [{ specDigest: 'b', seed: 0 }])).toEqual({
      ...{ present: [], elsewhere: file.about },
      furtherSeeds: [],
    });
    expect(offeredRecordings([file], 'other', plan)).toEqual({
      ...{ present: [], elsewhere: null },
      furtherSeeds: [],
    });
  });
});
