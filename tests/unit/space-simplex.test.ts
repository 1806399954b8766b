import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { simplexCorners as cornersOfMethod } from '../../src/methods/collapse/class-projection';
import {
  frameCorners,
  lengthOnSimplex,
  placeOnSimplex,
  simplexCorners,
} from '../../src/ui/lens/space/class-simplex';
import { distance, dot, lengthOf, type Vector3 } from '../../src/ui/lens/space/vector';

const pairsOf = <T>(items: readonly T[]): [T, T][] =>
  items.flatMap((a, i) => items.slice(i + 1).map((b): [T, T] => [a, b]));
const unit = (classes: number, own: number, less = 0): number[] =>
  Array.from({ length: classes }, (_, c) => Number(c === own) - less);
const number = fc.double({ min: -50, max: 50, noNaN: true });

describe.each([3, 4])('the simplex of %i classes', (classes) => {
  const corners = simplexCorners(classes);

  test('has corners of length 1, all equally far from each other, around 0', () => {
    const side = Math.sqrt((2 * classes) / (classes - 1));
    for (const corner of corners) expect(lengthOf(corner)).toBeCloseTo(1, 12);
    for (const [a, b] of pairsOf(corners)) {
      expect(distance(a, b)).toBeCloseTo(side, 12);
      expect(dot(a, b)).toBeCloseTo(-1 / (classes - 1), 12);
    }
    for (const axis of [0, 1, 2] as const)
      expect(corners.reduce((sum, corner) => sum + corner[axis], 0)).toBeCloseTo(0, 12);
  });

  test('is the one that the method projects on', () => {
    const matrix = cornersOfMethod(classes);
    for (const [column, corner] of corners.entries())
      for (let row = 0; row < classes - 1; row++)
        expect(corner[row]).toBeCloseTo(matrix.get(row, column), 12);
  });

  test('keeps nothing of what all classes share', () => {
    fc.assert(
      fc.property(fc.array(number, { minLength: classes, maxLength: classes }), number, (u, shared) => {
        const place = placeOnSimplex(u);
        const moved = placeOnSimplex(u.map((value) => value + shared));
        const difference: Vector3 = [moved[0] - place[0], moved[1] - place[1], moved[2] - place[2]];
        expect(lengthOnSimplex(difference, classes)).toBeCloseTo(0, 9);
      }),
    );
  });

  test('has the classes of a frame on its corners', () => {
    for (const kind of ['simplex', 'orthogonal'] as const)
      for (const [own, corner] of frameCorners(classes, 2.5, 10, kind).entries()) {
        const u = unit(classes, own, kind === 'simplex' ? 1 / 10 : 0).map((value) => 2.5 * value);
        expect(distance(corner, placeOnSimplex(u))).toBeCloseTo(0, 12);
        expect(lengthOnSimplex(corner, classes)).toBeCloseTo(2.5, 12);
      }
  });
});

test('three classes: the picture is their coordinates turned, √(3/2) times as large', () => {
  fc.assert(
    fc.property(
      fc.tuple(number, number, number),
      fc.tuple(number, number, number),
      (u: Vector3, v: Vector3) => {
        const expected = Math.sqrt(3 / 2) * distance(u, v);
        expect(distance(placeOnSimplex(u), placeOnSimplex(v))).toBeCloseTo(expected, 8);
      },
    ),
  );
});

test('three classes: what they share is the height', () => {
  const [x, y, z] = placeOnSimplex([1, 1, 1]);
  expect(x).toBeCloseTo(0, 12);
  expect(y).toBeCloseTo(0, 12);
  expect(z).toBeCloseTo(3 / Math.SQRT2, 12);
});

test('other numbers of classes are no picture in space', () => {
  expect(() => simplexCorners(2)).toThrow(RangeError);
  expect(() => placeOnSimplex([1, 2, 3, 4, 5])).toThrow('not 5');
});
