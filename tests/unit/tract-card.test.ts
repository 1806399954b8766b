import { describe, expect, it } from 'vitest';
import card from '../../src/experiments/tract/card';
import { contrasts } from '../../src/experiments/tract/inputs';
import { createRng } from '../../src/math/philox-rng';
import { resNetFlops } from '../../src/nn/resnet-flops';
import { specOfPreset } from '../../src/spec/link';
import { planUnits, unitFlops } from '../../bench/resnet-units';

describe('the check of a setting', () => {
  const base = specOfPreset(card, 'demo') as Parameters<NonNullable<typeof card.check>>[0];
  const where = (change: object) => card.check?.({ ...base, ...change }).map((problem) => problem.where);

  it('finds what no single knob can', () => {
    expect(where({})).toEqual([]);
    expect(where({ patch: 5 })).toEqual(['patch']);
    expect(where({ patch: 7, dataset: 'cifar-10' })).toEqual(['patch']);
    expect(where({ patch: 8, dataset: 'cifar-10' })).toEqual([]);
    expect(where({ width: 50 })).toEqual(['width']);
    expect(where({ model: 'cnn', filter: 4 })).toEqual(['filter']);
    expect(where({ batch: 500, trainExamples: 400 })).toEqual(['batch']);
  });

  it('asks of a model only what it has', () => {
    expect(where({ model: 'resnet', patch: 5, width: 50, filter: 4 })).toEqual([]);
    expect(where({ model: 'mlp', patch: 5, width: 50, filter: 4 })).toEqual([]);
  });
});

describe('the contrasts of a split', () => {
  it('lie between the lowest and 1, all over, and are the same for the same stream', () => {
    const { contrast } = contrasts(0.1, 2000, createRng(3));
    const values = [...(contrast ?? [])];
    expect(values).toHaveLength(2000);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(Math.fround(0.1));
    expect(Math.min(...values)).toBeLessThan(0.11);
    expect(Math.max(...values)).toBeLessThanOrEqual(1);
    expect(Math.max(...values)).toBeGreaterThan(0.99);
    expect(contrasts(0.1, 2000, createRng(3)).contrast).toEqual(contrast);
    expect(contrasts(0.1, 2000, createRng(4)).contrast).not.toEqual(contrast);
  });

  it('are none where all images keep theirs', () => {
    expect(contrasts(1, 10, createRng(3))).toEqual({});
  });
});

describe('the cost of a residual network', () => {
  it('is that of its units, for one block a stage', () => {
    const widths = [16, 32, 64];
    expect(resNetFlops({ channels: 3, classes: 10, widths }, [32, 32])).toBe(
      unitFlops(planUnits(3, widths), 32) + 640,
    );
  });

  it('is 0.56 G for ResNet-18 on 32 × 32 pixels, as is generally counted', () => {
    const shape = { channels: 3, classes: 10, widths: [64, 128, 256, 512], blocksPerStage: 2 };
    expect(resNetFlops(shape, [32, 32]) / 1e9).toBeCloseTo(0.556, 2);
  });
});
