import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { TERMINAL_ACCURACY } from '../../src/experiments/neural-collapse/terminal-phase';
import {
  areBalanced,
  classOutcomes,
  classWords,
} from '../../src/experiments/neural-collapse/lens/class-outcomes';
import { trainedClassNames } from '../../src/experiments/neural-collapse/lens/class-names';
import { collapsePanels } from '../../src/experiments/neural-collapse/lens/collapse-panels';
import {
  cosineText,
  describePair,
  summaryWords,
} from '../../src/experiments/neural-collapse/lens/cosine-words';
import {
  depthLines,
  depthWords,
  layerValues,
  linesOfAll,
  type DepthRun,
} from '../../src/experiments/neural-collapse/lens/depth-lines';
import {
  geometryIn,
  GeometryReader,
  type Geometry,
} from '../../src/experiments/neural-collapse/lens/geometry';
import {
  terminalOf,
  terminalRange,
  terminalWords,
  valueFrom,
  zeroFrom,
} from '../../src/experiments/neural-collapse/lens/terminal';
import card from '../../src/experiments/neural-collapse/card';
import { cosines, equiangular, maximalAngle } from '../../src/methods/collapse/simplex-geometry';
import { RunSeries } from '../../src/run/run-series';
import type { NumberArray } from '../../src/run/snapshot';
import type { ChartLine } from '../../src/ui/charts/line';
import { cellAfterKey, tintOf } from '../../src/ui/lens/cosine-colour';
import { cosineSummary, simplexCosine } from '../../src/ui/lens/cosine-summary';

/** Series told at the given steps. */
function seriesAt(steps: readonly number[], values: Readonly<Record<string, readonly number[]>>): RunSeries {
  const series = new RunSeries();
  for (const [metric, column] of Object.entries(values)) {
    const step = Float64Array.from(steps);
    series.append({ metric, step, trainMs: step.slice(), value: Float64Array.from(column) });
  }
  return series;
}

describe('cosines of classes', () => {
  const target = simplexCosine(4);

  it('sums up the pairs once each, as NC2 does', () => {
    const values = [
      [1, 0.1, -0.5, -1 / 3],
      [0.1, 1, -0.3, 0],
      [-0.5, -0.3, 1, 0.2],
      [-1 / 3, 0, 0.2, 1],
    ];
    const pairs = [0.1, -0.5, -0.3, -1 / 3, 0, 0.2];
    const mean = pairs.reduce((a, b) => a + b) / 6;
    const summary = cosineSummary(values, target);
    expect(summary?.pairs).toBe(6);
    expect(summary?.mean).toBeCloseTo(mean, 12);
    expect(summary?.deviation).toBeCloseTo(
      Math.sqrt(pairs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 6),
      12,
    );
    expect(summary?.away).toBeCloseTo(pairs.reduce((sum, value) => sum + Math.abs(value + 1 / 3), 0) / 6, 12);
    expect(summary?.furthest).toEqual({ row: 3, column: 2, value: 0.2 });
    expect(summaryWords(summary, ['a', 'b', 'c', 'd'], target)).toBe(
      'Mean −0.139, standard deviation 0.253; target −0.333. Furthest: c and d, 0.200.',
    );
  });

  it('agrees with the measures that runs tell', () => {
    const vectors = new Matrix([
      [1, 2, 0.5],
      [-1, 0.3, 2],
      [0.2, -2, 1],
      [3, 1, -1],
      [0, 0.1, 0.7],
    ]);
    const summary = cosineSummary(cosines(vectors).to2DArray(), simplexCosine(5));
    expect(summary?.deviation).toBeCloseTo(equiangular(vectors), 12);
    expect(summary?.away).toBeCloseTo(maximalAngle(vectors), 12);
  });

  it('leaves out classes without a direction', () => {
    const values = [
      [NaN, NaN, NaN],
      [NaN, 1, -0.5],
      [NaN, -0.5, 1],
    ];
    expect(cosineSummary(values, -0.5)).toMatchObject({ pairs: 1, mean: -0.5, deviation: 0, away: 0 });
    expect(cosineSummary([[NaN]], -0.5)).toBeNull();
    expect(describePair('a', 'b', NaN, -0.5)).toBe('a and b: no angle, since one of them has no length');
    expect(cosineText(NaN)).toBe('–');
  });

  it('says how far a pair is from the target', () => {
    expect(describePair('a', 'b', -0.1, -1 / 9)).toBe('a and b: cosine −0.100, 0.011 above the target');
    expect(describePair('a', 'b', -1 / 9, -1 / 9)).toBe('a and b: cosine −0.111, at the target');
    expect(describePair('a', 'a', null, -1 / 9)).toBe('a: a class and itself, 1');
  });

  it('has no colour at the target, and all of it from the span on', () => {
    expect(tintOf(-1 / 9, -1 / 9, 0.5)).toEqual({ side: 'high', strength: 0 });
    expect(tintOf(-1 / 9 - 0.25, -1 / 9, 0.5)).toEqual({ side: 'low', strength: 50 });
    expect(tintOf(1, -1 / 9, 0.5)).toEqual({ side: 'high', strength: 100 });
    expect(tintOf(NaN, 0, 1)).toBeNull();
  });

  it('goes from cell to cell and stops at the rim', () => {
    expect(cellAfterKey({ row: 0, column: 0 }, 3, 'ArrowUp')).toEqual({ row: 0, column: 0 });
    expect(cellAfterKey({ row: 0, column: 0 }, 3, 'ArrowRight')).toEqual({ row: 0, column: 1 });
    expect(cellAfterKey({ row: 1, column: 1 }, 3, 'End')).toEqual({ row: 1, column: 2 });
    expect(cellAfterKey({ row: 2, column: 1 }, 3, 'ArrowDown')).toEqual({ row: 2, column: 1 });
    expect(cellAfterKey({ row: 2, column: 1 }, 3, 'x')).toBeNull();
  });

  it('names the classes that are trained on', () => {
    expect(trainedClassNames({ dataset: 'mnist', heldOut: '7 8 9' })).toEqual('0 1 2 3 4 5 6'.split(' '));
    expect(trainedClassNames({ dataset: 'fashion-mnist', heldOut: '' })[6]).toBe('Shirt');
  });
});

describe('the terminal phase', () => {
  it('begins where training accuracy reaches 99.9 % and stays', () => {
    const series = seriesAt([0, 10, 20, 30, 40], { trainAccuracy: [0.1, 1, 0.99, TERMINAL_ACCURACY, 1] });
    expect(terminalOf(series)).toEqual({ since: 30, lostBefore: true, step: 40, accuracy: 1 });
    expect(terminalOf(seriesAt([0, 10], { trainAccuracy: [1, 0.9989] }))).toMatchObject({ since: null });
    expect(terminalOf(new RunSeries())).toBeNull();
  });

  it('says what NC1 did since, and no more than that', () => {
    const words = (nc1: readonly number[]) =>
      terminalWords(seriesAt([0, 10, 20, 30], { trainAccuracy: [0.1, 1, 1, 1], nc1 }), false);
    expect(words([3, 0.2, 0.1, 0.02])).toBe(
      '≥ 99.9\u00a0% training accuracy from step 10. NC1 went on falling, from 0.20 to 0.020 (× 0.10).',
    );
    expect(words([3, 0.2, 0.3, 0.4])).toContain('NC1 rose since, from 0.20 to 0.40 (× 2.0).');
    expect(words([3, 0.2, 0.3, 0.19])).toContain('NC1 hardly changed since, from 0.20 to 0.19 (× 0.95).');
    const begun = seriesAt([0, 10], { trainAccuracy: [0.1, 1], nc1: [3, 0.2] });
    expect(terminalWords(begun, true)).toBe('≥ 99.9\u00a0% training accuracy from step 10.');
  });

  it('never rounds up to what was not reached', () => {
    expect(terminalWords(seriesAt([0, 1200], { trainAccuracy: [0.1, 0.99899] }), true)).toBe(
      '99.9\u00a0% training accuracy is not reached yet: it is 99.89\u00a0% at step 1,200.',
    );
    expect(terminalWords(seriesAt([0, 10], { trainAccuracy: [1, 0.5] }), false)).toBe(
      '99.9\u00a0% training accuracy is not reached any more: it is 50.00\u00a0% at step 10.',
    );
    expect(terminalWords(new RunSeries(), true)).toBe('Nothing measured yet.');
  });

  it('is shaded to the end of the axis, of further seeds only its beginning marked', () => {
    const line: ChartLine = {
      ...{ id: 'run', label: 'Batch norm', color: 1, weight: 'method', length: 1, live: true },
      ...{ x: new Float64Array(1), y: new Float64Array(1) },
    };
    expect(terminalRange(line, 300, 'terminal phase')).toMatchObject({
      ...{ from: 300, to: Infinity, label: 'terminal phase', color: 1 },
    });
    expect(terminalRange(line, 300, '').bare).toBeUndefined();
    expect(terminalRange({ ...line, weight: 'seed' }, 300, '')).toMatchObject({ from: 300, bare: true });
  });

  it('finds where NC4 has become exactly 0', () => {
    const series = seriesAt([0, 10, 20, 30], { nc4Test: [0.5, 0, 0.1, 0], nc4Train: [0.5, 0.1, 0, 0] });
    expect(zeroFrom(series.of('nc4Test'))).toBe(30);
    expect(zeroFrom(series.of('nc4Train'))).toBe(20);
    expect(zeroFrom(seriesAt([0], { nc4Test: [0.5] }).of('nc4Test'))).toBeNull();
    expect(zeroFrom(undefined)).toBeNull();
    expect(valueFrom(series.of('nc4Test'), 15)).toBe(0.1);
    expect(valueFrom(series.of('nc4Test'), 31)).toBeNull();
  });
});

describe('the panels', () => {
  it('draw metrics that the card has', () => {
    const known = Object.keys(card.metrics);
    for (const vectors of ['means', 'classifier', 'both'] as const) {
      const panels = collapsePanels(vectors);
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      for (const { parts, floor } of panels) {
        for (const { metric } of parts) expect(known).toContain(metric);
        if (floor !== undefined) expect(known).toContain(floor);
      }
    }
  });

  it('draw NC2 of means, of the classifier, or of both with the classifier paler', () => {
    const parts = (vectors: 'means' | 'classifier' | 'both') =>
      collapsePanels(vectors)
        .find(({ id }) => id === 'nc2-angles')
        ?.parts.map(({ metric, pale }) => [metric, pale]);
    expect(parts('means')).toEqual([['equiangularMeans', false]]);
    expect(parts('classifier')).toEqual([['equiangularClassifier', false]]);
    expect(parts('both')).toEqual([
      ['equiangularMeans', false],
      ['equiangularClassifier', true],
    ]);
  });
});

const matrix = (shape: number[], values: number[]): NumberArray => ({
  shape,
  values: Float32Array.from(values),
});
const ARRAYS = {
  meanCosines: matrix([2, 2], [1, -1, -1, 1]),
  classifierCosines: matrix([2, 2], [1, -0.5, -0.5, 1]),
  meanLengths: matrix([2], [3, 4]),
  classifierLengths: matrix([2], [2, 0.5]),
  testAccuracy: matrix([2], [0.75, 0.25]),
  layers: matrix([2, 3], [4, 2, 0.5, 1, 0.25, 0.125]),
};

describe('one moment', () => {
  const geometry = (step: number, layers = ARRAYS.layers): Geometry => {
    const read = geometryIn({ name: 'geometry', step, arrays: { ...ARRAYS, layers } });
    if (!read) throw new Error('no geometry');
    return read;
  };

  it('is read from its snapshot, once; one without all arrays is left out', () => {
    expect(geometry(5).classifierCosines).toEqual([
      [1, -0.5],
      [-0.5, 1],
    ]);
    const reader = new GeometryReader();
    const snapshot = { name: 'geometry', step: 5, arrays: ARRAYS };
    const older = { meanCosines: ARRAYS.meanCosines };
    expect(reader.readAll([{ name: 'geometry', step: 0, arrays: older }, snapshot])[0]).toBe(
      reader.readAll([snapshot])[0],
    );
  });

  const run: DepthRun = {
    style: { id: 'a', label: 'Batch norm', color: 1, weight: 'method', live: true },
    shown: geometry(10),
    initial: geometry(0, matrix([2, 3], [8, 9, 0, 16, 27, 0])),
    moments: [geometry(0), geometry(10)],
  };

  it('gives lines over the layers, the initial one behind, faint and without a name', () => {
    const [initial, now] = depthLines([run], 'quotient');
    expect([...(initial?.x ?? [])]).toEqual([1, 2]);
    expect([...(initial?.y ?? [])]).toEqual([9, 27]);
    expect(initial).toMatchObject({ label: '', weight: 'seed', live: false });
    expect([...(now?.y ?? [])]).toEqual([2, 0.25]);
    expect(now).toMatchObject({ id: 'a', label: 'Batch norm' });
    expect(depthLines([{ ...run, initial: null }], 'nc1')).toHaveLength(1);
    expect(new Set(linesOfAll([run], 'nc1').map(({ id }) => id)).size).toBe(2);
  });

  it('says whether NC1 falls with depth', () => {
    expect(depthWords([4, 2, 1], 'NC1')).toBe(
      'NC1 falls from layer to layer: 4.0 in the first layer, 1.0 in the last.',
    );
    expect(depthWords([1, 2], 'NC1')).toContain('rises from layer to layer');
    expect(depthWords([2, 3, 1], 'NC1')).toContain('does not fall at every layer');
    expect(depthWords([2], 'NC1')).toBe('');
    expect(depthWords([2, Infinity], 'NC1')).toBe('');
  });

  it('does not take features that are all the same for collapsed ones', () => {
    const dead = geometry(10, matrix([2, 3], [4, 2, 0.5, 0, NaN, NaN]));
    expect([...layerValues(dead, 'nc1')]).toEqual([4, NaN]);
    expect(depthWords(layerValues(dead, 'nc1'), 'NC1')).toBe(
      'All images have the same features in layer 2: there is nothing to measure.',
    );
  });

  it('tells the classes apart by size, length and accuracy', () => {
    const of = (sizes: number[], predicted: (number | null)[] = [null, null]) =>
      classOutcomes({ names: ['Coat', 'Bag'], sizes, geometry: geometry(10), predicted });
    const accuracy = { label: '', unit: '%', better: 'higher' } as const;
    expect(areBalanced(of([20, 20]))).toBe(true);
    expect(areBalanced(of([20, 2]))).toBe(false);
    expect(of([20, 2], [2.5, 0])[1]).toEqual({
      name: 'Bag',
      size: 2,
      length: 0.5,
      predicted: 0,
      meanLength: 4,
      accuracy: 0.25,
    });
    expect(classWords(of([20, 2]), accuracy)).toBe(
      'The longest classifier row (Coat) is 4.0 times as long as the shortest (Bag). Test accuracy lies between 25.0\u00a0% (Bag) and 75.0\u00a0% (Coat).',
    );
  });
});
