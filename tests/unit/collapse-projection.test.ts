import { describe, expect, test } from 'vitest';
import {
  fromLine,
  mixupDistances,
  mixupPlane,
  reachOf,
} from '../../src/experiments/neural-collapse/lens/mixup-plane';
import { mixupCaption, mixupWords } from '../../src/experiments/neural-collapse/lens/mixup-words';
import { frameOf, momentsIn, originOf } from '../../src/experiments/neural-collapse/lens/projection-moments';
import { mixupCurve } from '../../src/methods/collapse/mixup-curve';
import type { NumberArray, Snapshot } from '../../src/run/snapshot';

const CLASSES = 10;
const KAPPA = 100;
const SHARES = Array.from({ length: 41 }, (_, i) => 1 - i / 40);
const CURVE = mixupCurve(KAPPA, CLASSES, 1, SHARES);
const chosen = [1, 3, 8].map((label, slot) => ({ label, slot }));
const options = { origin: 'zero', hasRoom: true } as const;

const matrix = (rows: readonly (readonly number[])[]): NumberArray => ({
  shape: [rows.length, rows[0]?.length ?? 0],
  values: Float32Array.from(rows.flat()),
});
/** Coordinates of a pair at a place of the closed form's curve. */
const onCurve = (first: number, second: number, at: number): number[] =>
  Array.from({ length: CLASSES }, (_, c) => CURVE[3 * at + (c === first ? 0 : c === second ? 1 : 2)] ?? NaN);
/** The class mean: where the curve begins. */
const pure = (c: number): number[] => onCurve(c, -1, 0).map((u) => u);
const means = matrix(Array.from({ length: CLASSES }, (_, c) => pure(c)));
const PAIRS = [
  [1, 1],
  [1, 3],
  [1, 8],
  [3, 8],
  [2, 3],
] as const;

const pictured = (shares: readonly number[]): Snapshot => ({
  name: 'pictured',
  step: 0,
  arrays: {
    pairs: { shape: [PAIRS.length, 2], values: Uint8Array.from(PAIRS.flat()) },
    shares: { shape: [PAIRS.length], values: Float32Array.from(shares) },
  },
});
const mixed = (placeOf: (first: number, second: number) => number[]): Snapshot => ({
  name: 'mixed',
  step: 100,
  arrays: {
    points: matrix(PAIRS.map(([first, second]) => placeOf(first, second))),
    curve: { shape: [SHARES.length, 3], values: Float32Array.from(CURVE) },
  },
});
const SHARE = [0.25, 0.25, 0.25, 0.25, 0.25];
/** λ = 1/4 of the curve's shares, which fall from 1 to 0. */
const alongCurve = mixed((a, b) => (a === b ? pure(a) : onCurve(a, b, 30)));
const alongChord = mixed((a, b) => pure(a).map((u, c) => 0.25 * u + 0.75 * (pure(b)[c] ?? NaN)));

describe('plane of mixed images', () => {
  test('holds the mixes of the three classes, with their share', () => {
    const plane = mixupPlane(pictured(SHARE), alongCurve, means, chosen, options);
    expect(plane?.same).toHaveLength(1);
    expect(plane?.same[0]?.slot).toBe(0);
    expect(plane?.different.map(({ pair }) => pair)).toEqual([0, 1, 2]);
    expect(plane?.different.every(({ share }) => share === 0.25)).toBe(true);
    expect(plane?.pairs.map(({ corners }) => corners)).toEqual([
      [0, 1],
      [0, 2],
      [1, 2],
    ]);
  });

  test('features of the closed form lie on its curve and off the chord, those of a chord on the chord', () => {
    const distancesOf = (snapshot: Snapshot) => {
      const plane = mixupPlane(pictured(SHARE), snapshot, means, chosen, options);
      return plane && mixupDistances(plane);
    };
    const channel = distancesOf(alongCurve);
    expect(channel?.images).toBe(3);
    expect(channel?.curve).toBeLessThan(1e-6);
    expect(channel?.chord).toBeGreaterThan(0.1);
    const chord = distancesOf(alongChord);
    expect(chord?.chord).toBeLessThan(1e-6);
    expect(chord?.curve).toBeGreaterThan(0.05);
  });

  test('an offset that all classes have is taken off where a bias makes up for it', () => {
    const offset = (c: number) => (c === 1 ? 2 : c === 3 ? -1 : 0.5);
    const moved = (rows: NumberArray): NumberArray => ({
      ...rows,
      values: Float32Array.from(rows.values, (u, i) => u + offset(i % CLASSES)),
    });
    const points = alongCurve.arrays['points'];
    if (!points) throw new Error('no points');
    const snapshot = { ...alongCurve, arrays: { ...alongCurve.arrays, points: moved(points) } };
    const curveOf = (origin: 'zero' | 'mean') => {
      const plane = mixupPlane(pictured(SHARE), snapshot, moved(means), chosen, { ...options, origin });
      return (plane && mixupDistances(plane)?.curve) ?? NaN;
    };
    expect(curveOf('mean')).toBeLessThan(1e-6);
    expect(curveOf('zero')).toBeGreaterThan(0.1);
  });

  test('has no curve where there are too few features for a simplex', () => {
    const plane = mixupPlane(pictured(SHARE), alongChord, means, chosen, { ...options, hasRoom: false });
    expect(plane?.pairs.every(({ curve }) => curve.length === 0)).toBe(true);
    expect((plane && mixupDistances(plane))?.curve).toBeNull();
  });

  test('reaches as far as its lines do', () => {
    const plane = mixupPlane(pictured(SHARE), alongCurve, means, chosen, options);
    const farthest = Math.max(
      ...(plane?.pairs ?? []).flatMap(({ curve }) => curve.map((at) => Math.hypot(...at))),
    );
    expect(plane && reachOf(plane)).toBeGreaterThan(farthest);
  });

  test('is nothing for snapshots that lack an array', () => {
    expect(mixupPlane({ ...pictured(SHARE), arrays: {} }, alongCurve, means, chosen, options)).toBeNull();
  });
});

test('distance from a line: to the nearest place, beyond its ends to them', () => {
  const line = [
    [0, 0],
    [4, 0],
    [4, 3],
  ] as const;
  expect(fromLine([2, 1], line)).toBeCloseTo(1, 12);
  expect(fromLine([-3, 4], line)).toBeCloseTo(5, 12);
  expect(fromLine([4, 5], line)).toBeCloseTo(2, 12);
});

test('the words tell which line is nearer, and by what', () => {
  expect(mixupWords({ chord: 0.2, curve: 0.05, images: 30 })).toMatch(
    /5\.0\u00a0% from the closed.*nearer the channel/,
  );
  expect(mixupWords({ chord: 0.05, curve: 0.2, images: 30 })).toMatch(/nearer the chord/);
  expect(mixupWords({ chord: 0.1, curve: 0.105, images: 30 })).toMatch(/about as near/);
  expect(mixupWords({ chord: 0.1, curve: null, images: 30 })).not.toMatch(/curve/);
  expect(mixupCaption(1, 'ce', true, true)).toMatch(/^Trained with mixup\. The curve/);
  expect(mixupCaption(0, 'ce', true, true)).toMatch(/^Trained without mixup/);
  expect(mixupCaption(1, 'mse', true, false)).toMatch(/chord itself/);
  expect(mixupCaption(1, 'ce', false, false)).toMatch(/too few features/);
});

describe('moments of a run', () => {
  const arrays = { points: means, means, classifier: means };

  test('are the snapshots that are whole, with the features as they are where there are few', () => {
    const plain = { plainPoints: means, plainMeans: means, plainClassifier: means };
    const moments = momentsIn([
      { name: 'geometry', step: 0, arrays: { points: means } },
      { name: 'geometry', step: 10, arrays },
      { name: 'geometry', step: 20, arrays: { ...arrays, ...plain } },
    ]);
    expect(moments.map(({ step, plain: few }) => [step, few !== undefined])).toEqual([
      [10, false],
      [20, true],
    ]);
  });

  test('are drawn as the loss and the bias want it', () => {
    expect(frameOf({ loss: 'ce', headBias: false })).toBe('simplex');
    expect(frameOf({ loss: 'mse', headBias: false })).toBe('orthogonal');
    expect(originOf({ headBias: true })).toBe('mean');
    expect(originOf({ headBias: false })).toBe('zero');
  });
});
