import { describe, expect, it } from 'vitest';
import { PatchReader } from '../support/patch-reader';

const dataset = { name: 'tiny', shape: [4, 4, 1], mean: [0], standardDeviation: [1 / 255] } as const;

describe('PatchReader', () => {
  it('cuts row by row: patches over the image, pixels within a patch', () => {
    const pixels = Uint8Array.from({ length: 32 }, (_, i) => i);
    const split = { count: 2, pixels, labels: Uint8Array.of(3, 9) };
    const { patches, labels } = new PatchReader(dataset, 2).read(split, [1]);
    expect([...labels]).toEqual([9]);
    expect([...patches].map((value) => Math.round(value) - 16)).toEqual([
      0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15,
    ]);
  });

  it('standardises each channel by its own mean and deviation, channels last', () => {
    const colour = {
      name: 'c',
      shape: [2, 2, 3],
      mean: [0, 0.5, 1],
      standardDeviation: [1, 0.5, 0.25],
    } as const;
    const split = { count: 1, pixels: Uint8Array.from({ length: 12 }, () => 255), labels: Uint8Array.of(0) };
    const reader = new PatchReader(colour, 1);
    expect([reader.patches, reader.patchValues]).toEqual([4, 3]);
    const { patches } = reader.read(split, [0]);
    expect([...patches.slice(0, 3)]).toEqual([1, 1, 0]);
  });

  it('refuses a patch that does not divide the image', () => {
    expect(() => new PatchReader(dataset, 3)).toThrow('A patch of 3 pixels does not divide the 4 × 4 images');
  });
});
