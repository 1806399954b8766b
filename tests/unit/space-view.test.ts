import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { namePlace } from '../../src/ui/lens/space/name-place';
import { marksOf, paintOrder, projection, type SpaceFrame } from '../../src/ui/lens/space/painter';
import {
  FROM_ABOVE,
  OBLIQUE,
  pulled,
  rotated,
  rotationOf,
  viewAfterKey,
} from '../../src/ui/lens/space/rotation';
import { dot, lengthOf, type Vector3 } from '../../src/ui/lens/space/vector';

const angle = fc.double({ min: -10, max: 10, noNaN: true });
const number = fc.double({ min: -5, max: 5, noNaN: true });
const vector = fc.tuple(number, number, number);
const frame: SpaceFrame = {
  view: FROM_ABOVE,
  width: 400,
  height: 300,
  margin: 50,
  centre: [0, 0, 0],
  radius: 2,
};

describe('rotation', () => {
  test('is orthogonal and right-handed from everywhere', () => {
    fc.assert(
      fc.property(angle, angle, (yaw, elevation) => {
        const rows = rotationOf({ yaw, elevation });
        for (const [i, a] of rows.entries())
          for (const [j, b] of rows.entries()) expect(dot(a, b)).toBeCloseTo(Number(i === j), 12);
        const [right, up, towards] = rows;
        const cross: Vector3 = [
          right[1] * up[2] - right[2] * up[1],
          right[2] * up[0] - right[0] * up[2],
          right[0] * up[1] - right[1] * up[0],
        ];
        expect(dot(cross, towards)).toBeCloseTo(1, 12);
      }),
    );
  });

  test('keeps lengths', () => {
    fc.assert(
      fc.property(angle, angle, vector, (yaw, elevation, v: Vector3) => {
        expect(lengthOf(rotated(rotationOf({ yaw, elevation }), v))).toBeCloseTo(lengthOf(v), 9);
      }),
    );
  });

  test('from above shows the plane as it is drawn', () => {
    const [right, up, towards] = rotated(rotationOf(FROM_ABOVE), [0.3, -0.7, 2]);
    expect(right).toBeCloseTo(0.3, 12);
    expect(up).toBeCloseTo(-0.7, 12);
    expect(towards).toBeCloseTo(2, 12);
  });

  test('what is near follows the pull', () => {
    const near = rotationOf(OBLIQUE)[2];
    const after = rotated(rotationOf(pulled(OBLIQUE, 0.1, 0.2)), near);
    expect(after[0]).toBeGreaterThan(0);
    expect(after[1]).toBeLessThan(0);
  });

  test('never goes over the top', () => {
    expect(pulled(OBLIQUE, 0, 9).elevation).toBe(Math.PI / 2);
    expect(pulled(OBLIQUE, 0, -9).elevation).toBe(-Math.PI / 2);
  });

  test('arrow keys turn it and back again, other keys do not', () => {
    const there = viewAfterKey(OBLIQUE, 'ArrowLeft', false);
    expect(there?.yaw).toBeGreaterThan(OBLIQUE.yaw);
    const back = there && viewAfterKey(there, 'ArrowRight', false);
    expect(back?.yaw).toBeCloseTo(OBLIQUE.yaw, 12);
    const far = viewAfterKey(OBLIQUE, 'ArrowDown', true);
    expect((far?.elevation ?? NaN) - OBLIQUE.elevation).toBeCloseTo(Math.PI / 12, 12);
    expect(viewAfterKey(OBLIQUE, 'a', false)).toBeNull();
  });
});

describe('projection', () => {
  test('puts the centre in the middle and the rim at the margin', () => {
    const place = projection(frame);
    expect(place([0, 0, 0])).toMatchObject({ x: 200, y: 150, size: 1, nearness: 0.5 });
    expect(place([2, 0, 0]).x).toBeCloseTo(300, 9);
    expect(place([0, 2, 0]).y).toBeCloseTo(50, 9);
  });

  test('shows the near larger than the far', () => {
    const place = projection(frame);
    const [near, far] = [place([1, 0, 2]), place([1, 0, -2])];
    expect(near.size).toBeGreaterThan(1);
    expect(far.size).toBeLessThan(1);
    expect(near.x).toBeGreaterThan(far.x);
    expect([near.nearness, far.nearness]).toEqual([1, 0]);
  });

  test('has a place for what lies at the viewer or behind, and where nothing has a size', () => {
    expect(Number.isFinite(projection(frame)([1, 1, 50]).x)).toBe(true);
    expect(Number.isFinite(projection({ ...frame, radius: 0 })([0, 0, 0]).x)).toBe(true);
  });
});

describe('painter', () => {
  const point = (z: number, colour: string) => ({ at: [0.1, 0.2, z] as const, colour });

  test('paints far ones first and equally far ones in their order', () => {
    const marks = [0.5, 0.1, 0.5, 0.9].map((nearness, i) => ({ nearness, i }));
    expect(paintOrder(marks).map(({ i }) => i)).toEqual([1, 0, 2, 3]);
  });

  test('turning the scene over turns the order over', () => {
    const scene = { points: [point(1, 'high'), point(-1, 'low')], arrows: [], edges: [] };
    const colours = (elevation: number) =>
      marksOf(scene, { ...frame, view: { yaw: 0, elevation } }).map(
        (mark) => 'colour' in mark && mark.colour,
      );
    expect(colours(Math.PI / 2)).toEqual(['low', 'high']);
    expect(colours(-Math.PI / 2)).toEqual(['high', 'low']);
  });

  test('a line passes a point both behind and before it', () => {
    const scene = {
      points: [{ at: [0, 0, 0] as const, colour: 'dot' }],
      arrows: [],
      edges: [{ from: [0, 0.1, -2], to: [0, 0.1, 2], kind: 'side' }] as const,
    };
    const kinds = marksOf(scene, frame).map(({ kind }) => kind);
    const at = kinds.indexOf('dot');
    expect(at).toBeGreaterThan(0);
    expect(at).toBeLessThan(kinds.length - 1);
    expect(kinds.filter((kind) => kind === 'line')).toHaveLength(8);
  });

  test('an arrow has its head at its tip, and none that is longer than itself', () => {
    const heads = (tip: Vector3) =>
      marksOf({ points: [], arrows: [{ tip, colour: 'a' }], edges: [] }, frame).flatMap((mark) =>
        mark.kind === 'head' ? [mark] : [],
      );
    expect(heads([2, 0, 0])[0]).toMatchObject({ angle: 0, length: 9 });
    expect(heads([0, 0, 2])[0]?.length).toBeCloseTo(0, 9);
  });

  test('leaves out what has no place', () => {
    const scene = {
      points: [point(NaN, 'a'), point(Infinity, 'b')],
      arrows: [{ tip: [NaN, 0, 0] as const, colour: 'c' }],
      edges: [{ from: [0, 0, 0], to: [0, NaN, 0], kind: 'axis', name: 'd' }] as const,
    };
    expect(marksOf(scene, frame)).toEqual([]);
  });
});

test('names stay within the picture, on the far side of their mark', () => {
  const picture = { width: 200, height: 100 };
  expect(namePlace({ x: 150, y: 50 }, picture, 10, 30)).toMatchObject({ x: 160, anchor: 'start' });
  expect(namePlace({ x: 50, y: 50 }, picture, 10, 30)).toMatchObject({ x: 40, anchor: 'end' });
  fc.assert(
    fc.property(fc.integer({ min: -50, max: 250 }), fc.integer({ min: -50, max: 150 }), (x, y) => {
      const place = namePlace({ x, y }, picture, 12, 60);
      const left = place.x - { start: 0, middle: 30, end: 60 }[place.anchor];
      expect(left).toBeGreaterThanOrEqual(0);
      expect(left + 60).toBeLessThanOrEqual(200);
      expect(place.y).toBeGreaterThanOrEqual(9);
      expect(place.y).toBeLessThanOrEqual(100);
    }),
  );
});
