import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { around, inView, placeCard, type Box } from '../../src/ui/tour/place-card';

const view = { width: 1440, height: 900 };
const card = { width: 320, height: 180 };
const box = (left: number, top: number, width: number, height: number): Box => ({
  ...{ left, top },
  ...{ right: left + width, bottom: top + height },
});
const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

describe('the card of the tour', () => {
  test('stands right of its subject where there is room, level with its beginning', () => {
    expect(placeCard([box(24, 300, 320, 150)], card, view)).toEqual({ left: 360, top: 300 });
  });

  test('stands left of what is at the right edge, and below what is wide', () => {
    expect(placeCard([box(1300, 20, 120, 32)], card, view)).toEqual({ left: 964, top: 20 });
    expect(placeCard([box(24, 100, 1392, 200)], card, view)).toEqual({ left: 24, top: 316 });
  });

  test('keeps clear of the other parts, too', () => {
    const [curves, verdict] = [box(380, 400, 660, 280), box(24, 180, 1392, 200)];
    expect(placeCard([curves, verdict], card, view)).toEqual({ left: 1056, top: 400 });
    // Something beside the curves leaves the place below them.
    expect(placeCard([curves, box(1050, 300, 380, 500), box(0, 300, 370, 500)], card, view)).toEqual({
      left: 380,
      top: 696,
    });
  });

  test('says so where there is no room at all', () => {
    expect(placeCard([box(0, 0, 1440, 900)], card, view)).toBeNull();
    expect(placeCard([], card, view)).toBeNull();
  });

  test('covers no part and stays in the window, wherever the parts are', () => {
    const part = fc
      .tuple(
        fc.integer({ min: -200, max: 1400 }),
        fc.integer({ min: -400, max: 880 }),
        fc.nat(1440),
        fc.nat(900),
      )
      .map((numbers) => inView(box(...numbers), view));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 3 }), (parts) => {
        const place = placeCard(parts, card, view);
        if (!place) return;
        const at = box(place.left, place.top, card.width, card.height);
        expect(parts.some((other) => overlap(at, other))).toBe(false);
        expect(at.left >= 0 && at.top >= 0 && at.right <= view.width && at.bottom <= view.height).toBe(true);
      }),
    );
  });

  test('around some boxes is the smallest that holds them', () => {
    expect(around([box(10, 20, 30, 40), box(0, 50, 20, 60)])).toEqual(box(0, 20, 40, 90));
  });
});
