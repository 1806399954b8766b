import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../src/data/data-source';
import card from '../../src/experiments/neural-collapse/card';
import { classSizes, problemsOf, trainedClasses } from '../../src/experiments/neural-collapse/check';
import { chooseClasses, firstOfEach } from '../../src/experiments/neural-collapse/class-subset';
import type { CollapseSpec } from '../../src/experiments/neural-collapse/knobs';
import { bySize, predictMinority, shortestToLongest } from '../../src/experiments/neural-collapse/minority';
import { layerWidths } from '../../src/experiments/neural-collapse/model';
import { TerminalPhase } from '../../src/experiments/neural-collapse/terminal-phase';
import { parseSpec } from '../../src/spec/parse-spec';

const specOf = (change: Partial<CollapseSpec> = {}): CollapseSpec => parseSpec(card.knobs, change);

describe('sizes of the classes', () => {
  it('are equal, or small in the last classes, or fall by the same factor', () => {
    expect(classSizes(specOf({ perClass: 30 }))).toEqual(Array(10).fill(30));
    const step = specOf({ perClass: 40, imbalance: 'step', ratio: 8, minority: 3 });
    expect(classSizes(step)).toEqual([...Array<number>(7).fill(40), 5, 5, 5]);
    const tailed = classSizes(specOf({ perClass: 512, imbalance: 'long-tailed', ratio: 512 }));
    expect(tailed).toEqual([512, 256, 128, 64, 32, 16, 8, 4, 2, 1]);
    expect(classSizes(specOf({ perClass: 10, heldOut: '7 8 9' }))).toHaveLength(7);
    expect(trainedClasses({ heldOut: '0 5' })).toEqual([1, 2, 3, 4, 6, 7, 8, 9]);
  });
});

describe('the check', () => {
  const where = (change: Partial<CollapseSpec>) => problemsOf(specOf(change)).map((problem) => problem.where);

  it('finds what no single knob can', () => {
    expect(where({})).toEqual([]);
    expect(where({ heldOut: '0 1 2 3 4 5 6 7' })).toEqual(['heldOut']);
    expect(where({ heldOut: '3' })).toEqual(['heldOut']);
    expect(where({ perClass: 5, batch: 60 })).toEqual(['batch']);
    expect(where({ heldOut: '6 7 8 9', imbalance: 'step', minority: 6 })).toEqual(['minority']);
    expect(where({ imbalance: 'step', perClass: 100, ratio: 1000, batch: 10 })).toEqual(['ratio']);
    expect(where({ heldOut: '7 8 9', testExamples: 100, shots: 10 })).toEqual(['shots']);
    expect(where({ dataset: 'cifar-10', perClass: 5000 })).toEqual(['perClass']);
    expect(where({ dataset: 'mnist', foreign: 'mnist' })).toEqual(['foreign']);
    expect(where({ dataset: 'cifar-10', foreign: 'mnist' })).toEqual(['foreign']);
    expect(where({ dataset: 'mnist', foreign: 'fashion-mnist' })).toEqual([]);
  });
});

describe('the chosen images', () => {
  /** Images of one byte, its number; labels 0 1 2 0 1 2 … */
  const split = (count: number) => ({
    count,
    pixels: Uint8Array.from({ length: count }, (_, i) => i),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 3),
  });
  const dataset: Dataset = {
    name: 'toy',
    shape: [1, 1, 1],
    classes: ['cat', 'dog', 'owl'],
    mean: [0],
    standardDeviation: [1],
    train: split(12),
    test: split(6),
    digest: '',
  };

  it('are the first of each class, counted anew; the others are unseen', () => {
    const { classes, train, test, unseen, unseenClasses } = chooseClasses(dataset, [0, 2], [3, 1]);
    expect([classes, unseenClasses]).toEqual([['cat', 'owl'], ['dog']]);
    expect([...train.pixels]).toEqual([0, 2, 3, 6]);
    expect([...train.labels]).toEqual([0, 1, 0, 0]);
    expect([[...test.pixels], [...test.labels]]).toEqual([
      [0, 2, 3, 5],
      [0, 1, 0, 1],
    ]);
    expect([[...unseen.pixels], [...unseen.labels]]).toEqual([
      [1, 4],
      [0, 0],
    ]);
    expect(firstOfEach(train, 2, 2)).toEqual([0, 2, 1]);
  });

  it('are refused where there are too few of a class, by its name', () => {
    expect(() => chooseClasses(dataset, [0, 1], [4, 6])).toThrow(
      '2 training images of the class dog too few',
    );
  });
});

describe('widths of the layers', () => {
  it('end with the features', () => {
    expect(layerWidths(specOf({ depth: 3, width: 128, features: 5 }))).toEqual([128, 128, 5]);
    expect(layerWidths(specOf({ body: 'cnn', depth: 3, width: 16, features: 32 }))).toEqual([8, 16, 32]);
    expect(layerWidths(specOf({ depth: 1, features: 7 }))).toEqual([7]);
  });
});

describe('minority collapse', () => {
  const free = {
    loss: 'mse',
    headBias: false,
    headDecay: 0.05,
    featureDecay: 0.1,
    imbalance: 'step',
  } as const;

  it('is predicted at a share of the images that is the product of the decays', () => {
    const spec = specOf({ ...free, perClass: 100, ratio: 100, minority: 5 });
    const sizes = classSizes(spec);
    const prediction = predictMinority(spec, sizes);
    expect(prediction?.threshold).toBeCloseTo(505 * 0.05 * 0.1, 9);
    expect(prediction?.classifierLengths.slice(5)).toEqual([0, 0, 0, 0, 0]);
    expect(shortestToLongest(prediction?.classifierLengths ?? [])).toBe(0);
    const mild = predictMinority({ ...spec, ratio: 2 }, classSizes({ ...spec, ratio: 2 }));
    expect(shortestToLongest(mild?.classifierLengths ?? [])).toBeGreaterThan(0.5);
  });

  it('is not predicted where the closed form does not hold', () => {
    const changes: Partial<CollapseSpec>[] = [
      { loss: 'ce' },
      { headBias: true },
      { featureDecay: 0 },
      { headDecay: 0 },
      { mixup: 1 },
      { features: 9 },
    ];
    for (const change of changes) {
      const spec = specOf({ ...free, ...change });
      expect(predictMinority(spec, classSizes(spec)), JSON.stringify(change)).toBeNull();
    }
  });

  it('takes the last classes for the small ones', () => {
    expect(bySize([1, 2, 3, 4], { imbalance: 'step', minority: 1 })).toEqual({
      majority: [1, 2, 3],
      minority: [4],
    });
    expect(bySize([1, 2], { imbalance: 'balanced', minority: 1 })).toEqual({
      majority: [1, 2],
      minority: [],
    });
  });
});

describe('the terminal phase', () => {
  it('begins where 99.9 % is reached, and begins anew where it is lost', () => {
    const phase = new TerminalPhase();
    const since = [0.5, 0.9989, 0.999, 1, 0.99, 1, 1].map((accuracy, step) => {
      phase.add(step, accuracy);
      return phase.since;
    });
    expect(since).toEqual([null, null, 2, 2, null, 5, 5]);
    phase.add(7, NaN);
    expect(phase.since).toBeNull();
  });
});
