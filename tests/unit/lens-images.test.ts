import { describe, expect, it } from 'vitest';
import { coreRange } from '../../src/ui/lens/core-range';
import { heatImage } from '../../src/ui/lens/heat-image';
import { blankImage, fitted, imageOf, inverted, rgbaOf } from '../../src/ui/lens/image-bytes';
import { fractionOf, magnitudeColour, rangeOf } from '../../src/ui/lens/magnitude';
import { bytesOfColour, drawLine } from '../../src/ui/lens/pen';
import { shownStep } from '../../src/ui/lens/shown-step';
import { thinned } from '../../src/ui/lens/thinned';

/** An opaque picture of one grey value per pixel. */
const greyRgba = (values: readonly number[]) => values.flatMap((value) => [value, value, value, 255]);

describe('images as bytes', () => {
  it('takes one of many', () => {
    const stored = { shape: [2, 1, 2, 1], values: Uint8Array.of(1, 2, 3, 4) };
    expect(imageOf(stored, 1)).toEqual({ height: 1, width: 2, channels: 1, pixels: Uint8Array.of(3, 4) });
    expect(imageOf(stored, 2)).toBeNull();
  });

  it('becomes opaque RGBA, grey or coloured', () => {
    expect([...rgbaOf({ height: 1, width: 2, channels: 1, pixels: Uint8Array.of(7, 9) })]).toEqual([
      7, 7, 7, 255, 9, 9, 9, 255,
    ]);
    expect([...rgbaOf({ height: 1, width: 1, channels: 3, pixels: Uint8Array.of(1, 2, 3) })]).toEqual([
      1, 2, 3, 255,
    ]);
  });

  it('inverts', () => {
    const image = { height: 1, width: 2, channels: 1, pixels: Uint8Array.of(0, 200) };
    expect([...inverted(image).pixels]).toEqual([255, 55]);
  });
});

describe('fitting a picture to a data set’s shape', () => {
  const grey = (height: number, width: number) => ({ height, width, channels: 1 });

  it('means over the area of each pixel', () => {
    const picture = greyRgba([0, 100, 200, 100, 10, 10, 20, 40]); // 2 × 4
    const { pixels } = fitted(picture, { height: 2, width: 4 }, grey(1, 2));
    expect([...pixels]).toEqual([30, 90]);
  });

  it('shares a pixel that lies on a border', () => {
    const { pixels } = fitted(greyRgba([0, 90, 254]), { height: 1, width: 3 }, grey(1, 2));
    // Cut to 2 × 1 about the middle: half of the first and of the last pixel fall away.
    expect([...pixels]).toEqual([45, 172]);
  });

  it('cuts a wide picture to its middle', () => {
    const { pixels } = fitted(greyRgba([255, 10, 20, 255]), { height: 1, width: 4 }, grey(1, 1));
    expect([...pixels]).toEqual([15]);
  });

  it('enlarges, too', () => {
    const { pixels } = fitted(greyRgba([10, 250]), { height: 1, width: 2 }, grey(2, 4));
    expect([...pixels]).toEqual([10, 10, 250, 250, 10, 10, 250, 250]);
  });

  it('turns colour to grey by luma, keeps it for three channels, and lays what is see-through on black', () => {
    const one = { height: 1, width: 1 };
    expect([...fitted([255, 0, 0, 255], one, grey(1, 1)).pixels]).toEqual([76]);
    expect([...fitted([10, 20, 30, 255], one, { ...one, channels: 3 }).pixels]).toEqual([10, 20, 30]);
    expect([...fitted([255, 255, 255, 0], one, grey(1, 1)).pixels]).toEqual([0]);
  });
});

describe('the pen', () => {
  const blank = blankImage({ height: 5, width: 5, channels: 1 });
  const middle = { x: 2.5, y: 2.5 };

  it('a dot covers what lies under it and nothing far away', () => {
    const { pixels } = drawLine(blank, new Float32Array(25), middle, middle, { width: 1, colour: [255] });
    expect(pixels[12]).toBe(255);
    expect(pixels[0]).toBe(0);
    expect(blank.pixels.every((value) => value === 0)).toBe(true); // the image before stays
  });

  it('a line covers all pixels between its ends', () => {
    const to = { x: 4.5, y: 2.5 };
    const { pixels } = drawLine(blank, new Float32Array(25), { x: 0.5, y: 2.5 }, to, {
      width: 2,
      colour: [200],
    });
    expect([...pixels.slice(10, 15)]).toEqual([200, 200, 200, 200, 200]);
    expect([...pixels.slice(5, 10)]).toEqual([100, 100, 100, 100, 100]); // half covered
  });

  it('a stroke that passes a place twice leaves it as passing once does', () => {
    const covered = new Float32Array(25);
    const pen = { width: 2, colour: [200] };
    const once = drawLine(blank, covered, { x: 0.5, y: 2.5 }, { x: 4.5, y: 2.5 }, pen);
    const twice = drawLine(blank, covered, { x: 4.5, y: 2.5 }, { x: 0.5, y: 2.5 }, pen);
    expect(twice.pixels).toEqual(once.pixels);
  });

  it('erases with black', () => {
    const white = { ...blank, pixels: blank.pixels.map(() => 255) };
    const { pixels } = drawLine(white, new Float32Array(25), middle, middle, { width: 1, colour: [0] });
    expect(pixels[12]).toBe(0);
    expect(pixels[24]).toBe(255);
  });

  it('reads colours', () => {
    expect(bytesOfColour('#0a80ff')).toEqual([10, 128, 255]);
  });
});

describe('magnitudes', () => {
  it('a range is that of the finite numbers', () => {
    expect(rangeOf([3, NaN, -1, Infinity, 2])).toEqual([-1, 3]);
    expect(rangeOf([NaN])).toBeNull();
  });

  it('values beyond the scale count to its ends, and a scale of no length has one colour', () => {
    expect(fractionOf([2, 4], 3)).toBe(0.5);
    expect(fractionOf([2, 4], 9)).toBe(1);
    expect(fractionOf([2, 4], 1)).toBe(0);
    expect(fractionOf([2, 2], 2)).toBe(0.5);
  });

  it('the scale grows lighter all the way, so that it reads without colour', () => {
    const lightness = Array.from({ length: 21 }, (_, i) => {
      const [r, g, b] = magnitudeColour(i / 20);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    });
    for (let i = 1; i < lightness.length; i++)
      expect(lightness[i]).toBeGreaterThan(lightness[i - 1] ?? Infinity);
  });

  it('a map has one pixel per cell', () => {
    const image = heatImage({ rows: 1, columns: 3 }, [0, 1, NaN], [0, 1]);
    expect([...image.pixels]).toEqual([...magnitudeColour(0), ...magnitudeColour(1), 0, 0, 0]);
  });
});

describe('which moment is shown', () => {
  it('the newest while none is chosen', () => {
    expect(shownStep([0, 20, 40], null)).toBe(2);
    expect(shownStep([], null)).toBe(-1);
  });

  it('the chosen one, and the last before it where it was thinned away', () => {
    expect(shownStep([0, 20, 40], 20)).toBe(1);
    expect(shownStep([0, 40, 80], 20)).toBe(0);
    expect(shownStep([10, 20], 5)).toBe(0);
    expect(shownStep([], 5)).toBe(-1);
  });
});

describe('thinning marks', () => {
  it('draws all of a few, and evenly spread ones of many', () => {
    expect(thinned(3, 5)).toEqual([0, 1, 2]);
    expect(thinned(10, 5)).toEqual([0, 2, 4, 6, 8]);
    expect(new Set(thinned(3000, 1500)).size).toBe(1500);
  });
});

describe('the range of an axis', () => {
  it('covers all values where none stands apart', () => {
    expect(coreRange([3, 1, 2])).toEqual([1, 3]);
    expect(coreRange([NaN, Infinity])).toBeNull();
    expect(coreRange([5, 5, 5])).toEqual([5, 5]);
  });

  it('is not stretched by an outlier', () => {
    const values = Array.from({ length: 1000 }, (_, i) => i / 1000);
    const [low = NaN, high = NaN] = coreRange([...values, 1e6, -1e6]) ?? [];
    expect(low).toBeGreaterThan(-0.2);
    expect(low).toBeLessThanOrEqual(0);
    expect(high).toBeLessThan(1.2);
    expect(high).toBeGreaterThanOrEqual(0.999);
  });

  it('shows the values where nearly all are equal', () => {
    expect(coreRange([...new Array<number>(500).fill(0), 2])).toEqual([0, 2]);
  });
});
