import { describe, expect, test } from 'vitest';
import { placeBracketLabel, textRows, type PixelCurve } from '../../src/ui/charts/bracket';

const area = { width: 600, height: 300, left: 40, right: 560, top: 8, bottom: 264 };
const size = { width: 160, height: 30 };
const span = { left: 400, right: 560, y: 120 };
const curve = (...points: [number, number][]): PixelCurve => ({
  x: points.map(([x]) => x),
  y: points.map(([, y]) => y),
  length: points.length,
});
const level = (y: number) => curve([40, y], [560, y]);

/** Whether a curve passes the label. */
function covers(curves: readonly PixelCurve[], { left, top }: { left: number; top: number }): boolean {
  return curves.some(({ x, y, length }) => {
    for (let i = 1; i < length; i++) {
      const [x0 = NaN, x1 = NaN, y0 = NaN, y1 = NaN] = [x[i - 1], x[i], y[i - 1], y[i]];
      for (let share = 0; share <= 1; share += 0.001) {
        const [px, py] = [x0 + share * (x1 - x0), y0 + share * (y1 - y0)];
        if (px > left && px < left + size.width && py > top && py < top + size.height) return true;
      }
    }
    return false;
  });
}

describe('the label of a bracket', () => {
  test('stands right above its middle where nothing is', () => {
    expect(placeBracketLabel(span, size, area, [])).toEqual({ left: 396, top: 84, leader: null });
    const inside = { ...span, left: 200, right: 400 };
    expect(placeBracketLabel(inside, size, area, [])).toMatchObject({ left: 220, top: 84 });
  });

  test('goes below where a curve is above, and above where both are and there is more room', () => {
    const below = placeBracketLabel(span, size, area, [level(100)]);
    expect(below).toMatchObject({ top: 126, leader: null });
    const curves = [level(110), level(140)];
    const away = placeBracketLabel(span, size, area, curves);
    expect(covers(curves, away)).toBe(false);
    expect(away.leader).not.toBeNull();
    expect(away.top + size.height).toBeLessThan(110);
  });

  test('covers no curve of a chart, no upright whisker and no name', () => {
    const rising = (lag: number) =>
      curve(...Array.from({ length: 53 }, (_, i): [number, number] => [40 + 10 * i, 110 + 800 / (i + lag)]));
    const whisker = curve([556, 40], [556, 230]);
    const names = [...textRows(540, 100, 60), ...textRows(540, 114, 60)];
    for (const curves of [
      [rising(3), rising(6)],
      [rising(3), whisker],
      [...names, rising(5), whisker],
    ])
      for (const left of [140, 380, 540]) {
        const place = placeBracketLabel({ ...span, left }, size, area, curves);
        expect(covers(curves, place)).toBe(false);
        expect(place.left).toBeGreaterThanOrEqual(area.left);
        expect(place.left + size.width).toBeLessThanOrEqual(area.right);
        expect(place.top).toBeGreaterThanOrEqual(area.top);
        expect(place.top + size.height).toBeLessThanOrEqual(area.bottom);
      }
  });

  test('stays at its bracket where curves leave no room anywhere, and passes over what is not finite', () => {
    const all = Array.from({ length: 20 }, (_, i) => level(8 + 13 * i));
    expect(placeBracketLabel(span, size, area, all)).toEqual({ left: 396, top: 84, leader: null });
    expect(placeBracketLabel({ ...span, y: 20 }, size, area, all).top).toBe(26);
    expect(placeBracketLabel(span, size, area, [level(NaN), level(Infinity)]).top).toBe(84);
  });
});
