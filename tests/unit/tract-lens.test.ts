import {
  converter,
  differenceCiede2000,
  filterDeficiencyDeuter,
  filterDeficiencyProt,
  filterDeficiencyTrit,
} from 'culori';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/run/snapshot';
import { FILTERS } from '../../src/experiments/tract/tract-snapshots';
import {
  changeSince,
  coveringLimit,
  equalFilters,
  filtersIn,
  largestOf,
  neighbourLikeness,
  rootMeanSquare,
  roundedUp,
  type FilterBank,
} from '../../src/experiments/tract/lens/filter-bank';
import { commonLimit, FilterMoments } from '../../src/experiments/tract/lens/filter-moments';
import {
  columnsFor,
  filterAfterKey,
  filterMosaic,
  filterPicture,
} from '../../src/experiments/tract/lens/filter-mosaic';
import { detailWords, movedWords, noFiltersText } from '../../src/experiments/tract/lens/lens-words';
import { isMethodAmong, runBeside } from '../../src/experiments/tract/lens/shown-pair';
import {
  signedColour,
  signedFraction,
  signedGradient,
  SIGNED_STOPS,
} from '../../src/experiments/tract/lens/signed-colour';

const bank = (shape: [number, number, number, number], values: readonly number[]): FilterBank => {
  const [count, height, width, channels] = shape;
  return { count, height, width, channels, values };
};
const snapshot = (step: number, shape: number[], values: readonly number[]): Snapshot => ({
  name: FILTERS,
  step,
  arrays: { filters: { shape, values: Float32Array.from(values) } },
});

describe('filters of a snapshot', () => {
  it('are read with their shape', () => {
    expect(filtersIn(snapshot(0, [2, 1, 2, 1], [1, 2, 3, 4]))).toMatchObject({
      count: 2,
      height: 1,
      width: 2,
      channels: 1,
    });
  });

  it('are not there in something else', () => {
    expect(filtersIn({ name: 'other', step: 0, arrays: {} })).toBeNull();
    expect(filtersIn(snapshot(0, [4], [1, 2, 3, 4]))).toBeNull();
    expect(filtersIn(snapshot(0, [0, 1, 2, 1], []))).toBeNull();
  });

  it('belong together where two runs began with the very same weights', () => {
    const start = bank([2, 1, 2, 1], [1, 2, 3, 4]);
    expect(equalFilters(start, bank([2, 1, 2, 1], [1, 2, 3, 4]))).toBe(true);
    expect(equalFilters(start, bank([2, 1, 2, 1], [1, 2, 3, 4.0001]))).toBe(false);
    expect(equalFilters(start, bank([1, 2, 2, 1], [1, 2, 3, 4]))).toBe(false);
  });

  it('change by what was added, where the layer is the same', () => {
    const start = bank([1, 1, 3, 1], [1, 2, 3]);
    expect([...(changeSince(start, bank([1, 1, 3, 1], [1.5, 2, 0]))?.values as Float32Array)]).toEqual([
      0.5, 0, -3,
    ]);
    expect(changeSince(start, bank([1, 3, 1, 1], [1, 2, 3]))).toBeNull();
  });
});

describe('sizes', () => {
  it('root mean square', () => {
    expect(rootMeanSquare([3, -4])).toBeCloseTo(Math.sqrt(12.5), 12);
    expect(rootMeanSquare([])).toBeNaN();
  });

  it('a scale reaches over all weights but the few largest', () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? 1 : -1) * (i + 1));
    expect(coveringLimit(values)).toBe(995);
    expect(coveringLimit([-2])).toBe(2);
    expect(coveringLimit([NaN, Infinity, 1])).toBe(1);
    expect(coveringLimit([])).toBe(0);
  });

  it('the ends of a scale have two digits and hold the value', () => {
    expect([0.0301, 0.03, 0.0996, 1234, 7].map(roundedUp)).toEqual([0.031, 0.03, 0.1, 1300, 7]);
    expect([0, NaN, Infinity].map(roundedUp)).toEqual([1, 1, 1]);
  });

  it('largest weight of one filter', () => {
    const two = bank([2, 1, 2, 1], [1, -2, 0, -7]);
    expect([largestOf(two, 0), largestOf(two, 1)]).toEqual([2, 7]);
  });
});

describe('likeness of neighbours', () => {
  it('is 1 where all weights are equal, −1 on a chessboard, and does not mix channels', () => {
    expect(neighbourLikeness(bank([1, 2, 2, 1], [3, 3, 3, 3]))).toBeCloseTo(1, 12);
    expect(neighbourLikeness(bank([1, 2, 2, 1], [1, -1, -1, 1]))).toBeCloseTo(-1, 12);
    // Channel 0 is all 1, channel 1 all −1: each is smooth.
    expect(neighbourLikeness(bank([1, 1, 3, 2], [1, -1, 1, -1, 1, -1]))).toBeCloseTo(1, 12);
  });

  it('does not look across filters', () => {
    expect(neighbourLikeness(bank([2, 1, 2, 1], [1, 1, -1, -1]))).toBeCloseTo(1, 12);
  });

  it('is not defined without neighbours or without change', () => {
    expect(neighbourLikeness(bank([2, 1, 1, 1], [1, 2]))).toBeNaN();
    expect(neighbourLikeness(bank([1, 2, 2, 1], [0, 0, 0, 0]))).toBeNaN();
  });
});

describe('one run over its training', () => {
  const run = new FilterMoments([
    snapshot(0, [1, 1, 2, 1], [1, -1]),
    snapshot(20, [1, 1, 2, 1], [1.5, -1]),
    snapshot(40, [1, 1, 2, 1], [1.25, -3]),
  ]);

  it('shows its last picture up to a step', () => {
    expect(run.steps).toEqual([0, 20, 40]);
    expect(run.at(39)?.step).toBe(20);
    expect(run.at(1000)?.step).toBe(40);
    expect(new FilterMoments([]).at(5)).toBeNull();
  });

  it('draws weights or their change', () => {
    expect([...(run.drawn(25, 'weights')?.values as Float32Array)]).toEqual([1.5, -1]);
    expect([...(run.drawn(25, 'change')?.values as Float32Array)]).toEqual([0.5, 0]);
    expect([...(run.drawn(0, 'change')?.values as Float32Array)]).toEqual([0, 0]);
  });

  it('knows no change where the start was not kept', () => {
    const late = new FilterMoments([snapshot(20, [1, 1, 2, 1], [1, 2])]);
    expect(late.start).toBeNull();
    expect(late.drawn(20, 'change')).toBeNull();
    expect(late.limit('change')).toBe(0);
  });

  it('shares one scale with another run, over all steps', () => {
    const other = new FilterMoments([
      snapshot(0, [1, 1, 2, 1], [1, -1]),
      snapshot(20, [1, 1, 2, 1], [5.04, -1]),
    ]);
    expect(run.limit('weights')).toBe(3);
    expect(commonLimit([run, other], 'weights')).toBe(5.1);
    expect(commonLimit([run], 'change')).toBe(2);
    expect(commonLimit([], 'change')).toBe(1);
  });
});

describe('laying filters out', () => {
  it('fills rows wherever it can', () => {
    expect(columnsFor(32, 480, { least: 40 })).toBe(8);
    expect(columnsFor(48, 170, { least: 40 })).toBe(4);
    expect(columnsFor(20, 480, { least: 64 })).toBe(5);
    expect(columnsFor(7, 480, { least: 40 })).toBe(7);
    expect(columnsFor(13, 480, { least: 40 })).toBe(8); // prime: the last row stays short
    expect(columnsFor(3, 10, { least: 40 })).toBe(1);
  });

  it('puts every filter into its own cell', () => {
    // Three filters of 1 × 2 in two columns; the fourth place is paper.
    const image = filterMosaic(bank([3, 1, 2, 1], [1, 0, 0, -1, 1, 1]), 2, {
      theme: 'light',
      limitOf: () => 1,
    });
    const pixel = (y: number, x: number) => [...image.pixels.subarray(3 * (y * 4 + x), 3 * (y * 4 + x) + 3)];
    const [low, zero, high] = [-1, 0, 1].map((fraction) => [...signedColour('light', fraction)]);
    expect([image.height, image.width]).toEqual([2, 4]);
    expect([0, 1, 2, 3].map((x) => pixel(0, x))).toEqual([high, zero, zero, low]);
    expect([0, 1, 2, 3].map((x) => pixel(1, x))).toEqual([high, high, zero, zero]);
  });

  it('draws three channels as colour around grey', () => {
    const image = filterMosaic(bank([1, 1, 2, 3], [0, 2, -2, 9, 0, 0]), 1, {
      theme: 'dark',
      limitOf: () => 2,
    });
    expect([...image.pixels]).toEqual([128, 255, 0, 255, 128, 128]);
  });

  it('takes one filter out, on its own scale', () => {
    const colours = { theme: 'light', limitOf: (filter: number) => (filter === 1 ? 4 : 1) } as const;
    const image = filterPicture(bank([2, 1, 1, 1], [1, 4]), 1, colours);
    expect([...image.pixels]).toEqual([...signedColour('light', 1)]);
  });

  it('arrow keys stay among the filters', () => {
    const after = (filter: number, key: string) => filterAfterKey(6, 4, filter, key);
    expect(after(0, 'ArrowRight')).toBe(1);
    expect(after(0, 'ArrowLeft')).toBe(0);
    expect(after(1, 'ArrowDown')).toBe(5);
    expect(after(2, 'ArrowDown')).toBe(2); // nothing below in the short row
    expect(after(5, 'ArrowUp')).toBe(1);
    expect([after(3, 'Home'), after(3, 'End'), after(3, 'x')]).toEqual([0, 5, null]);
  });
});

describe('signed colours', () => {
  const lab = converter('lab65');
  const seenBy = [
    (c: { mode: 'rgb'; r: number; g: number; b: number }) => c,
    filterDeficiencyProt(1),
    filterDeficiencyDeuter(1),
    filterDeficiencyTrit(1),
  ];
  const rgbOf = ([r, g, b]: readonly number[]) =>
    ({ mode: 'rgb', r: (r ?? 0) / 255, g: (g ?? 0) / 255, b: (b ?? 0) / 255 }) as const;
  const lightness = (theme: 'light' | 'dark', fraction: number): number =>
    lab(rgbOf(signedColour(theme, fraction))).l;

  for (const theme of ['light', 'dark'] as const) {
    it(`${theme}: zero is the paper, and either side goes ever further from it, both alike`, () => {
      const paper = lightness(theme, 0);
      for (const sign of [-1, 1])
        for (let i = 1; i <= 20; i++)
          expect(Math.abs(lightness(theme, (sign * i) / 20) - paper)).toBeGreaterThan(
            Math.abs(lightness(theme, (sign * (i - 1)) / 20) - paper),
          );
      for (const fraction of [0.25, 0.5, 1])
        expect(Math.abs(lightness(theme, fraction) - lightness(theme, -fraction))).toBeLessThan(6);
    });

    it(`${theme}: positive and negative look different to every kind of colour vision`, () => {
      for (const seen of seenBy)
        for (const fraction of [0.3, 0.5, 1])
          expect(
            differenceCiede2000()(
              seen(rgbOf(signedColour(theme, fraction))),
              seen(rgbOf(signedColour(theme, -fraction))),
            ),
          ).toBeGreaterThan(18);
    });

    it(`${theme}: has the stops it says it has`, () => {
      expect(signedGradient(theme, 4).match(/rgb\(/g)).toHaveLength(5);
      expect(signedColour(theme, 0)).toEqual(
        [1, 3, 5].map((at) => Number.parseInt((SIGNED_STOPS[theme][2] ?? '').slice(at, at + 2), 16)),
      );
    });
  }

  it('values beyond the scale look like its ends', () => {
    expect([5, -5, 1, NaN].map((value) => signedFraction(value, 2))).toEqual([1, -1, 0.5, 0]);
    expect(signedFraction(1, 0)).toBe(0);
  });
});

describe('which runs stand beside each other', () => {
  const run = (id: string, variant: string, seed: number, spec: Record<string, string | number>) => ({
    id,
    variant,
    seed,
    spec: { update: 'tract', inputs: 'standardised', ...spec },
  });
  const numbers: Record<string, number> = { Vanilla: 0, TrAct: 1 };
  const numberOf = (variant: string) => numbers[variant];
  const tract = run('a', 'TrAct', 0, {});
  const vanilla = run('b', 'Vanilla', 0, { update: 'vanilla' });
  const otherSeed = run('c', 'Vanilla', 1, { update: 'vanilla' });
  const norm = run('d', 'Patch norm', 0, { update: 'vanilla', patchNorm: 'input' });
  const unitTract = run('e', 'TrAct from 0 to 1', 0, { inputs: 'unit' });
  const unitVanilla = run('f', 'Vanilla from 0 to 1', 0, { update: 'vanilla', inputs: 'unit' });
  const all = [tract, vanilla, otherSeed, norm, unitTract, unitVanilla];
  const beside = (shown: (typeof all)[number], choice: string | null = null, runs = all) =>
    runBeside(runs, shown, choice, numberOf)?.id ?? null;

  it('the one that differs in the update alone', () => {
    expect(beside(tract)).toBe('b');
    expect(beside(vanilla)).toBe('a');
    expect(beside(unitTract)).toBe('f');
  });

  it('else the baseline, or beside a vanilla run the method, of the same seed', () => {
    expect(beside(norm)).toBe('a');
    expect(beside(unitTract, null, [unitTract, vanilla, norm])).toBe('b');
    expect(beside(tract, null, [tract, otherSeed])).toBeNull();
    expect(beside(tract, null, [tract, norm])).toBe('d');
    expect(beside(tract, null, [tract, unitTract])).toBe('e');
  });

  it('the reader’s choice while it is there, never the run itself', () => {
    expect(beside(tract, 'c')).toBe('c');
    expect(beside(tract, 'gone')).toBe('b');
    expect(beside(tract, 'a')).toBe('b');
    expect(beside(tract, null, [tract])).toBeNull();
  });

  it('the method is the card’s own, or else whatever trains with TrAct', () => {
    expect(all.map(({ variant }) => variant).filter(isMethodAmong(all, numberOf))).toEqual(['TrAct']);
    const unit = [unitTract, unitVanilla];
    expect(unit.map(({ variant }) => variant).filter(isMethodAmong(unit, numberOf))).toEqual([
      'TrAct from 0 to 1',
    ]);
  });
});

describe('words about filters', () => {
  const tract = { title: 'TrAct', step: 100, by: 0.02, from: 0.1, likeness: 0.081 };
  const vanilla = { title: 'Vanilla', step: 100, by: 0.01, from: 0.1, likeness: -0.001 };

  it('how far both have moved, and one against the other where they stand at one step', () => {
    expect(movedWords([tract, vanilla])).toBe(
      'Root mean square change of the weights since the start: TrAct by 0.02 after step 100 (20\u00a0% of the weights’ first size); Vanilla by 0.01 after step 100 (10\u00a0% of the weights’ first size): 2 times as far.',
    );
    expect(movedWords([tract, { ...vanilla, step: 40 }])).not.toContain('times as far');
    expect(movedWords([tract])).not.toContain('times as far');
  });

  it('nothing has moved at the start', () => {
    expect(movedWords([{ ...tract, step: 0, by: 0 }])).toBe(
      'These are the initial weights; nothing has moved yet.',
    );
    expect(movedWords([])).toBe('');
  });

  it('how fine the detail is', () => {
    expect(detailWords([tract, vanilla])).toContain('0.08 with TrAct, 0.00 with Vanilla');
    expect(detailWords([{ ...tract, likeness: -0.42 }])).toContain('−0.42 with TrAct');
    expect(detailWords([{ ...tract, likeness: NaN }])).toBe('');
  });

  it('why there are none', () => {
    expect(noFiltersText({ status: 'queued', step: 0, origin: 'here' })).toContain('waits for its turn');
    expect(noFiltersText({ status: 'running', step: 1, origin: 'here' })).toContain('with the first step');
    expect(noFiltersText({ status: 'done', step: 1, origin: 'here' })).toContain('earlier version');
    expect(noFiltersText({ status: 'done', step: 1, origin: 'recorded' })).toContain('first seed');
    expect(noFiltersText({ status: 'failed', step: 0, origin: 'here' })).toContain(
      'before there was anything',
    );
  });
});
