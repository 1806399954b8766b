import { describe, expect, test } from 'vitest';
import type { Claim, MetricInfo } from '../../src/run/card';
import type { RunFacts } from '../../src/run/events';
import type { RunStatus } from '../../src/run/record';
import { RunSeries } from '../../src/run/run-series';
import { judgeClaim, pairingText, type JudgedRun } from '../../src/ui/verdict-of-runs';
import { whiskerOf } from '../../src/ui/verdict-whisker';
import {
  aboutText,
  intervalText,
  judgingNumbers,
  judgingTexts,
  missingText,
  reasonText,
  stateText,
} from '../../src/ui/verdict-words';

const first: Claim = {
  ...{ metric: 'accuracy', method: 'New', baseline: 'Old', at: 'equal steps', direction: 'higher' },
  ...{ margin: 0.005, source: '' },
};
const second: Claim = { ...first, baseline: 'Other', appliesTo: { model: ['vit'] } };
const card = { claims: [first, second] };
const info: MetricInfo = { label: 'Accuracy', unit: '%', better: 'higher', decimals: 1 };

const facts: RunFacts = {
  ...{ totalSteps: 10, batchSize: 1, epochExamples: 1, parameters: 7, flopsPerImage: 1, flopsPerStep: 1 },
  ...{ dataDigest: 'data', initDigest: 'init', details: {} },
};

function run(variant: string, seed: number, value: number, changes: Partial<JudgedRun> = {}): JudgedRun {
  const series = new RunSeries();
  series.append({
    metric: 'accuracy',
    step: Float64Array.of(10),
    trainMs: Float64Array.of(900),
    value: Float64Array.of(value),
  });
  return {
    ...{ variant, seed, build: 'b', status: 'done', facts, series, spec: { model: 'vit' } },
    phases: { training: { ms: 40_000, entered: 1 }, evaluating: { ms: 10_000, entered: 2 } },
    ...{ trainMs: 900, wholeMs: null },
    ...changes,
  };
}
const pairs = (differences: readonly number[], status: RunStatus = 'done') =>
  differences.flatMap((difference, seed) => [
    run('New', seed, 0.7 + difference, { status }),
    run('Old', seed, 0.7),
  ]);
const plain = (text: string | null) => (text ?? '').replaceAll('\u00a0', ' ');

describe('a claim judged by runs', () => {
  test('goes from not run over undecided to its verdict', () => {
    const none = judgeClaim(card, first, []);
    expect([stateText(none), plain(missingText(none))]).toEqual(['Not run', 'needs 2 seeds of both']);
    expect(judgeClaim(card, first, [run('New', 0, 0.8)]).verdict.state).toBe('not run');
    expect(judgeClaim(card, first, pairs([0.02], 'queued')).verdict.finding).toBe('no pair');

    const training = judgeClaim(card, first, pairs([0.02], 'running'));
    expect(stateText(training)).toBe('Undecided so far');
    expect(plain(missingText(training))).toBe('needs 2 seeds of both, 1 under way');
    expect(training.pairs[0]?.difference).toBeCloseTo(0.02);

    const one = judgeClaim(card, first, pairs([0.02]));
    expect(stateText(one)).toBe('Undecided');
    expect(reasonText(info, first, one.verdict)).toBe('one pair of runs has no interval');
    expect(plain(missingText(one))).toBe('at least 1 more seed, about 2 min'); // of 100 s

    const queue = (seconds: number, atOnce = 1) => ({ ms: 1000 * seconds, atOnce });
    const two = judgeClaim(card, first, pairs([0.02, 0.01], 'running'));
    expect(plain(missingText(two, queue(240)))).toBe('verdict in about 4 min, 2 under way');
    expect(plain(missingText(two))).toBe('needs 2 seeds of both, 2 under way');
    const more = judgeClaim(card, first, [
      ...pairs([0.02]),
      ...[run('New', 1, 0.7, { status: 'running' }), run('Old', 1, 0.7, { status: 'queued' })],
    ]);
    expect(plain(missingText(more, queue(240)))).toBe('at least 1 more seed, about 4 min, 1 under way');

    const open = judgeClaim(card, first, pairs([0.03, 0.01, 0.02]));
    expect(plain(missingText(open, { ms: null, atOnce: 2 }))).toBe('2 more seeds, about 2 min');
    expect(open.verdict).toMatchObject({ state: 'undecided', more: 2 });
    expect(plain(reasonText(info, first, open.verdict))).toBe('the interval holds +0.50 points');
    expect(plain(missingText(open))).toBe('2 more seeds, about 3 min');
    expect(plain(intervalText(info, open.verdict))).toBe('95 % interval −0.48 to +4.48');

    const decided = judgeClaim(card, first, pairs([0.02, 0.021, 0.022]));
    expect(stateText(decided)).toBe('Supported');
    expect(plain(reasonText(info, first, decided.verdict))).toBe('better by more than 0.50 points');
    expect(plain(missingText(decided))).toBe('from 3 seeds');
  });

  test('judges finished pairs, and says "so far" while others train', () => {
    const found = judgeClaim(card, first, [
      ...pairs([0.02, 0.021, 0.022]),
      run('New', 3, 0.1, { status: 'running' }),
      run('Old', 3, 0.7),
    ]);
    expect(found.verdict).toMatchObject({ state: 'supported', n: 3 });
    expect(found.pairs.map(({ done }) => done)).toEqual([true, true, true, false]);
    expect(stateText(found)).toBe('Supported so far');
    expect(plain(missingText(found))).toBe('from 3 seeds, 1 under way');
    expect(plain(missingText(found, { ms: 90_000, atOnce: 1 }))).toBe(
      'from 3 seeds, 1 under way for about 2 min',
    );
  });

  test('says which seeds it cannot judge', () => {
    const found = judgeClaim(card, first, [
      ...pairs([0.02, 0.021, 0.022]),
      ...[run('New', 3, 0.9, { status: 'failed' }), run('Old', 3, 0.7)],
      ...[run('New', 4, NaN), run('Old', 4, 0.7)],
    ]);
    expect(found).toMatchObject({ leftOut: [3, 4], underWay: 0 });
    expect(found.verdict.n).toBe(3);
    expect(plain(missingText(found))).toBe('from 3 seeds, seeds 3, 4 left out');
  });

  test('shares its level with the other claims that are tested, not with those that are not', () => {
    const both = [...pairs([0.02, 0.021, 0.022]), run('Other', 0, 0.7), run('Other', 1, 0.69)];
    expect(judgeClaim(card, first, pairs([0.02, 0.021, 0.022])).verdict).toMatchObject({
      family: 1,
      level: 0.95,
    });
    expect(judgeClaim(card, first, both).verdict).toMatchObject({ family: 2, level: 0.975 });
    const elsewhere = both.map((one) => ({ ...one, spec: { model: 'cnn' } })); // the second claim says nothing there
    expect(judgeClaim(card, first, elsewhere).verdict.family).toBe(1);
    const text = judgingTexts(info, first, judgeClaim(card, first, both).verdict).join(' ');
    expect(plain(text)).toContain('2 of the page’s claims are tested here.');
    expect(plain(text)).toContain('a level of 97.5 %');
    const terms = judgingNumbers(info, first, judgeClaim(card, first, both).verdict).map(([term]) => term);
    expect(terms).toContain('By Holm, of 2 claims');
    expect(() => judgeClaim(card, { ...first }, [])).toThrow('does not make');
  });

  test('tells worse from no practical difference', () => {
    const words = (differences: number[]) => {
      const { verdict } = judgeClaim(card, first, pairs(differences));
      return `${verdict.state}: ${plain(reasonText(info, first, verdict))}`;
    };
    expect(words([-0.02, -0.021, -0.022])).toBe('not supported: worse by more than 0.50 points');
    expect(words([0.0003, 0, -0.0003])).toBe('not supported: no practical difference');
    expect(words([-0.004, -0.007, -0.0055])).toBe('not supported: not better by more than 0.50 points');
    expect(words([0.02, 0.02])).toBe('undecided: equal differences have no interval');
    const { verdict } = judgeClaim(card, first, pairs([-0.02, -0.021, -0.022]));
    expect(plain(reasonText({ ...info, better: 'neither' }, first, verdict))).toBe(
      'lower by more than 0.50 points',
    );
  });

  test('takes the time of both runs, with evaluations where a record has them', () => {
    expect(judgeClaim(card, first, pairs([0.02])).seedMs).toBe(100_000);
    const older = pairs([0.02]).map((one) => ({ ...one, phases: undefined }));
    expect(judgeClaim(card, first, older).seedMs).toBe(1800);
    expect(
      judgeClaim(
        card,
        first,
        older.map((one) => ({ ...one, wholeMs: 2000 })),
      ).seedMs,
    ).toBe(4000);
    expect(judgeClaim(card, first, pairs([0.02], 'running')).seedMs).toBeNull();
    const recorded = pairs([0.02]).map((one) => ({ ...one, origin: 'recorded' as const }));
    expect(judgeClaim(card, first, recorded).seedMs).toBeNull();
  });

  test('proves the pairing by digests', () => {
    const [method, baseline] = [run('New', 0, 1), run('Old', 0, 1)];
    const beside = (changes: Partial<RunFacts>) =>
      pairingText({ seed: 0, method, baseline: { ...baseline, facts: { ...facts, ...changes } } });
    expect(beside({})).toBe('same data, same initial weights');
    expect(beside({ initDigest: 'x' })).toBe('same data, other initial weights');
    expect(beside({ initDigest: 'x', parameters: 8 })).toBe(
      'same data, other initial weights: the models differ in shape',
    );
    const ordered = (order: string, other: string) =>
      pairingText({
        seed: 0,
        method: { ...method, facts: { ...facts, orderDigest: order } },
        baseline: { ...baseline, facts: { ...facts, orderDigest: other } },
      });
    expect(ordered('o', 'o')).toBe('same data, same batches, same initial weights');
    expect(ordered('o', 'p')).toBe('same data, other batches, same initial weights');
    expect(beside({ dataDigest: 'x' })).toBe('other data, same initial weights');
    expect(pairingText({ seed: 0, method, baseline: { ...baseline, facts: undefined } })).toBe(
      'not known yet',
    );
  });
});

describe('its words', () => {
  test('guess times roughly', () => {
    expect(
      [1, 12_000, 52_000, 58_000, 200_000, 5_400_000, 50_000_000].map((ms) => plain(aboutText(ms))),
    ).toEqual([
      ...['about 5 s', 'about 10 s', 'about 50 s', 'about 1 min', 'about 3 min'],
      ...['about 1.5 h', 'about 14 h'],
    ]);
  });

  test('name the limit with the claim’s sign', () => {
    const { verdict } = judgeClaim(card, first, pairs([0.02, 0.03]));
    expect(plain(judgingTexts(info, first, verdict)[1] ?? '')).toContain('lies above +0.50 points; smaller');
    const lower: Claim = { ...first, direction: 'lower' };
    expect(plain(judgingTexts(info, lower, verdict)[1] ?? '')).toContain('lies below −0.50 points; smaller');
    expect(plain(judgingTexts(info, { ...lower, margin: 0 }, verdict)[1] ?? '')).toContain(
      'lies below zero. Not supported: it lies at zero or above.',
    );
  });
});

describe('the whisker', () => {
  test('has zero in its middle and holds the interval and the margin', () => {
    const { dot, interval, zone } = whiskerOf({ mean: 0.01, interval: [-0.02, 0.04], margin: 0.005 });
    const place = (difference: number) => 50 + (50 * difference) / (1.1 * 0.04);
    expect(dot).toBeCloseTo(place(0.01));
    expect(interval?.left).toBeCloseTo(place(-0.02));
    expect(interval?.width).toBeCloseTo(place(0.04) - place(-0.02));
    expect(zone.left + zone.width / 2).toBeCloseTo(50);
    expect(zone.width).toBeCloseTo(place(0.01) - place(0));
    expect(whiskerOf({ mean: 0, interval: null, margin: 0 })).toEqual({
      ...{ dot: 50, interval: null, zone: { left: 50, width: 0 } },
    });
  });
});
