import { describe, expect, test } from 'vitest';
import type { NumberArray } from '../../src/run/snapshot';
import { classScene } from '../../src/ui/lens/space/class-scene';
import {
  chosenClasses,
  FIRST_CLASSES,
  switchedClass,
  switchProblem,
  type ClassSlots,
} from '../../src/ui/lens/space/class-slots';
import { collapseWords, lengthWords } from '../../src/ui/lens/space/class-words';
import { extentOf, GrowingExtent } from '../../src/ui/lens/space/growing-extent';
import {
  blended,
  figuresOf,
  placeClasses,
  plainPlacing,
  simplexPlacing,
  type ClassMoment,
  type PlacedClasses,
} from '../../src/ui/lens/space/placed-classes';
import { distance } from '../../src/ui/lens/space/vector';

const CLASSES = 5;
const THREE = chosenClasses(FIRST_CLASSES, CLASSES);
const matrix = (rows: readonly (readonly number[])[]): NumberArray => ({
  shape: [rows.length, rows[0]?.length ?? 0],
  values: Float32Array.from(rows.flat()),
});
/** s (e_c − 1 1ᵀ/C), moved by the same amount everywhere. */
const frameRow = (own: number, size: number, moved = 0): number[] =>
  Array.from({ length: CLASSES }, (_, c) => size * (Number(c === own) - 1 / CLASSES) + moved);
const rowsOf = (size: number, moved = 0) =>
  Array.from({ length: CLASSES }, (_, own) => frameRow(own, size, moved));
/** Collapsed, but that two samples of each class lie beside its mean, on either side. */
const collapsed = (size: number, noise: number, moved = 0, step = 0): ClassMoment => ({
  step,
  points: matrix(
    rowsOf(size, moved).flatMap((row) =>
      [1, -1].map((sign) => row.map((u, c) => u + (c === 4 ? sign * noise : 0))),
    ),
  ),
  means: matrix(rowsOf(size, moved)),
  classifier: matrix(rowsOf(1)),
});
const labels = Array.from({ length: 2 * CLASSES }, (_, i) => Math.floor(i / 2));

function placed(moment: ClassMoment, placing = simplexPlacing(THREE, 'zero')): PlacedClasses {
  const result = placeClasses(placing, moment, labels);
  if (!result) throw new Error('nothing placed');
  return result;
}

describe('choice of classes', () => {
  test('begins with the first three', () => {
    expect(THREE.map(({ label }) => label)).toEqual([0, 1, 2]);
  });

  test('a fourth takes the free place, and the others keep theirs', () => {
    const four = chosenClasses(switchedClass(THREE, 4), CLASSES);
    expect(four).toEqual([...THREE, { label: 4, slot: 3 }]);
    const without = chosenClasses(switchedClass(four, 1), CLASSES);
    expect(without).toEqual([
      { label: 0, slot: 0 },
      { label: 2, slot: 2 },
      { label: 4, slot: 3 },
    ]);
    expect(chosenClasses(switchedClass(without, 3), CLASSES)[1]).toEqual({ label: 3, slot: 1 });
  });

  test('stays between three and four', () => {
    expect(switchProblem(THREE, 0)).toMatch(/three/);
    expect(chosenClasses(switchedClass(THREE, 0), CLASSES)).toEqual(THREE);
    const four = chosenClasses(switchedClass(THREE, 4), CLASSES);
    expect(switchProblem(four, 3)).toMatch(/four/);
    expect(chosenClasses(switchedClass(four, 3), CLASSES)).toEqual(four);
    expect(switchProblem(four, 0)).toBeNull();
  });

  test('of classes that a run lacks the first three are drawn', () => {
    const slots: ClassSlots = [7, 8, 9, null];
    expect(chosenClasses(slots, 10).map(({ label }) => label)).toEqual([7, 8, 9]);
    expect(chosenClasses(slots, 7)).toEqual(THREE);
  });
});

describe('placed classes', () => {
  test('are those chosen, on the corners where they have collapsed', () => {
    const { samples, means } = placed(collapsed(3, 0));
    expect(samples.map(({ drawn }) => drawn)).toEqual([0, 0, 1, 1, 2, 2]);
    for (const { at, drawn } of samples) expect(distance(at, means[drawn] ?? [9, 9, 9])).toBeCloseTo(0, 5);
    const figures = figuresOf(simplexPlacing(THREE, 'zero'), placed(collapsed(3, 0)));
    expect(figures.meanLength).toBeCloseTo(3, 5);
    expect(figures.rowLength).toBeCloseTo(1, 5);
    expect(figures.cornerGap).toBeCloseTo(0, 5);
    expect(figures.rowGap).toBeCloseTo(0, 5);
  });

  test('are drawn from the mean of all classes where wanted, the classifier from 0', () => {
    const mean = placed(collapsed(3, 0, 7), simplexPlacing(THREE, 'mean'));
    const zero = placed(collapsed(3, 0));
    for (const [i, at] of mean.means.entries())
      expect(distance(at, zero.means[i] ?? [9, 9, 9])).toBeCloseTo(0, 4);
    expect(mean.rows).toEqual(zero.rows);
    // From 0 the same offset of all coordinates lifts the level plane.
    const lifted = placed(collapsed(3, 0, 7));
    expect((lifted.means[0]?.[2] ?? 0) - (zero.means[0]?.[2] ?? 0)).toBeCloseTo(21 / Math.SQRT2, 4);
  });

  test('are told by how far samples lie from their means and means from the corners', () => {
    const four = chosenClasses(switchedClass(THREE, 4), CLASSES);
    const placing = simplexPlacing(four, 'zero');
    const { spread } = figuresOf(placing, placed(collapsed(3, 0.5), placing));
    expect(spread).toBeCloseTo(0.5, 5); // a corner has length 1
    const bent = collapsed(3, 0);
    bent.means.values[0] = (bent.means.values[0] ?? 0) + 0.6;
    const figures = figuresOf(placing, placed(bent, placing));
    expect(figures.meanLength).toBeCloseTo(3.15, 5);
    expect(figures.cornerGap).toBeCloseTo((0.45 + 3 * 0.15) / 4, 5);
    expect(collapseWords(figures, true)).toMatch(/class means 7\.1\u00a0% from the corners/);
    expect(lengthWords(figures)).toMatch(/class means 3\.15 long/);
  });

  test('as they are: all classes, grey but for those chosen', () => {
    const plain = {
      points: matrix([[1, 2]]),
      means: matrix(labels.map((c) => [c, 0])),
      classifier: matrix(labels.map(() => [0, 1])),
    };
    const placing = plainPlacing(THREE, CLASSES);
    const result = placed({ ...collapsed(3, 0), plain }, placing);
    expect(result.means).toHaveLength(CLASSES);
    expect(result.samples).toEqual([{ at: [1, 2, 0], drawn: 0 }]);
    expect(placing.drawn.map(({ slot }) => slot)).toEqual([0, 1, 2, null, null]);
    const scene = classScene(placing, result, { names: [], classes: CLASSES, frame: 'simplex', radius: 4 });
    expect(scene.edges).toEqual([{ from: [0, 0, 0], to: [4, 0, 0], kind: 'axis', name: 'feature 1' }]);
    expect(placeClasses(placing, collapsed(3, 0), labels)).toBeNull();
  });

  test('go straight from one moment to the next', () => {
    const [a, b] = [placed(collapsed(2, 0)), placed(collapsed(4, 0))];
    expect(blended(a, b, 0)).toBe(a);
    expect(blended(a, b, 1)).toBe(b);
    const half = figuresOf(simplexPlacing(THREE, 'zero'), blended(a, b, 0.5));
    expect(half.meanLength).toBeCloseTo(3, 5);
  });
});

describe('scene', () => {
  const placing = simplexPlacing(THREE, 'zero');
  const options = {
    names: ['a', 'b', 'c', 'd', 'e'],
    classes: CLASSES,
    frame: 'simplex',
    radius: 1,
  } as const;

  test('has arrows as long as the class means are, and the regular triangle as large', () => {
    const { points, arrows, edges } = classScene(placing, placed(collapsed(3, 0.1)), options);
    const centres = points.filter(({ centre }) => centre);
    expect(centres.map(({ centre }) => centre?.name)).toEqual(['a', 'b', 'c']);
    for (const [i, { tip }] of arrows.entries())
      expect(distance(tip, centres[i]?.at ?? [9, 9, 9])).toBeCloseTo(0, 4);
    const sides = edges.filter(({ kind }) => kind === 'side');
    expect(sides).toHaveLength(3);
    for (const { from, to } of sides) expect(distance(from, to)).toBeCloseTo(3 * Math.sqrt(3), 4);
    expect(new Set(centres.map(({ colour }) => colour)).size).toBe(3);
  });

  test('of classes that have vanished has no arrows of a made-up length', () => {
    const nothing = { ...collapsed(0, 0), classifier: matrix(rowsOf(0)) };
    const { arrows } = classScene(placing, placed(nothing), options);
    expect(arrows.every(({ tip }) => tip.every(Number.isNaN))).toBe(true);
  });
});

describe('extent', () => {
  const placing = simplexPlacing(THREE, 'zero');
  const of = (...sizes: number[]) =>
    extentOf(
      placing,
      sizes.map((size) => placed(collapsed(size, 0.1))),
      0.4,
    );

  test('has room for all moments and is centred half way up the largest frame', () => {
    expect(of(2, 5, 3)).toEqual(of(5));
    expect(of(5).centre[2]).toBeCloseTo(1, 5);
    expect(of(5).radius).toBeGreaterThan(5);
  });

  test('only grows, until another subject is pictured', () => {
    const growing = new GrowingExtent();
    const large = growing.next('run', of(5));
    expect(growing.next('run', of(2))).toBe(large);
    expect(growing.next('run', of(6)).radius).toBeGreaterThan(large.radius);
    expect(growing.next('another', of(2))).toEqual(of(2));
  });

  test('of moments without a place is nothing', () => {
    const lost = { samples: [], means: [[NaN, NaN, NaN] as const], rows: [] };
    expect(extentOf(placing, [lost], 0.4)).toEqual({ centre: [0, 0, 0], radius: 0 });
  });
});
